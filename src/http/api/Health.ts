import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, OpenApi } from "effect/http-api"
import { ServiceUnavailableAnswer } from "./Errors.ts"

const Status = (status: string) => Schema.Struct({ status: Schema.Literal(status) })

/** For load balancers and supervisors: no token. */
export class HealthApi extends HttpApiGroup.make("health")
  .add(
    HttpApiEndpoint.get("healthz", "/healthz", { success: Status("ok") }).annotateMerge(
      OpenApi.annotations({ summary: "Is the process alive?", description: "200 as long as it answers at all." })
    ),
    HttpApiEndpoint.get("readyz", "/readyz", {
      success: Status("ready"),
      error: ServiceUnavailableAnswer
    }).annotateMerge(
      OpenApi.annotations({
        summary: "Does the hub do its work?",
        description: "200 when the database answers and every partition that this node owns evaluates."
      })
    )
  )
  .annotateMerge(OpenApi.annotations({ title: "Health", description: "For load balancers and supervisors." })) {}
