/** The API as routes of an `HttpRouter`; other routes stand beside it on the same router. */
import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpApiBuilder, HttpApiScalar } from "effect/http-api"
import { Api } from "./Api.ts"
import { AuthorizationLive } from "./AuthLive.ts"
import { FaultsLive, methodsNotAllowed } from "./Faults.ts"
import { GuardLive } from "./GuardLive.ts"
import { ApiKeysHandlers } from "./handlers/ApiKeys.ts"
import { HostsHandlers } from "./handlers/Hosts.ts"
import { MetricDefinitionsHandlers } from "./handlers/MetricDefinitions.ts"
import { PolicyHandlers } from "./handlers/Policy.ts"
import { RulesHandlers } from "./handlers/Rules.ts"
import { WorkspacesHandlers } from "./handlers/Workspaces.ts"

const Handlers = Layer.mergeAll(
  RulesHandlers,
  MetricDefinitionsHandlers,
  PolicyHandlers,
  HostsHandlers,
  ApiKeysHandlers,
  WorkspacesHandlers
).pipe(Layer.provide(SecureRandom.layerWebCrypto))

export const ApiLive = Layer.mergeAll(
  HttpApiBuilder.layer(Api, { openapiPath: "/openapi.json" }),
  HttpApiScalar.layer(Api, { path: "/docs" }),
  methodsNotAllowed(Api),
  FaultsLive
).pipe(Layer.provide(Handlers), Layer.provide([AuthorizationLive, GuardLive]))
