/** The API as routes of an `HttpRouter`; other routes stand beside it on the same router. */
import { Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpApiBuilder, HttpApiScalar } from "effect/http-api"
import { PrometheusMetrics } from "effect/observability"
import { Api } from "./Api.ts"
import { AuthorizationLive } from "./AuthLive.ts"
import { FaultsLive, methodsNotAllowed } from "./Faults.ts"
import { GuardLive } from "./GuardLive.ts"
import { AlertsHandlers } from "./handlers/Alerts.ts"
import { ApiKeysHandlers } from "./handlers/ApiKeys.ts"
import { AuditHandlers } from "./handlers/Audit.ts"
import { ConfigurationHandlers } from "./handlers/Configuration.ts"
import { HealthHandlers } from "./handlers/Health.ts"
import { HostsHandlers } from "./handlers/Hosts.ts"
import { IncidentsHandlers } from "./handlers/Incidents.ts"
import { MetricDefinitionsHandlers } from "./handlers/MetricDefinitions.ts"
import { PolicyHandlers } from "./handlers/Policy.ts"
import { RulesHandlers } from "./handlers/Rules.ts"
import { SeriesHandlers } from "./handlers/Series.ts"
import { SystemHandlers } from "./handlers/System.ts"
import { ViolationsHandlers } from "./handlers/Violations.ts"
import { WorkspacesHandlers } from "./handlers/Workspaces.ts"

const Handlers = Layer.mergeAll(
  RulesHandlers,
  MetricDefinitionsHandlers,
  PolicyHandlers,
  ViolationsHandlers,
  AlertsHandlers,
  IncidentsHandlers,
  SeriesHandlers,
  HostsHandlers,
  ApiKeysHandlers,
  WorkspacesHandlers,
  ConfigurationHandlers,
  AuditHandlers,
  SystemHandlers,
  HealthHandlers
).pipe(Layer.provide(SecureRandom.layerWebCrypto))

export const ApiLive = Layer.mergeAll(
  HttpApiBuilder.layer(Api, { openapiPath: "/openapi.json" }),
  HttpApiScalar.layer(Api, { path: "/docs" }),
  PrometheusMetrics.layerHttp({ path: "/metrics" }),
  methodsNotAllowed(Api),
  FaultsLive
).pipe(Layer.provide(Handlers), Layer.provide([AuthorizationLive, GuardLive]))
