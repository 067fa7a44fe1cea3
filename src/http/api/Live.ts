/** The API as routes of an `HttpRouter`; other routes stand beside it on the same router. */
import { Effect, Layer } from "effect"
import { SecureRandom } from "effect/crypto"
import { HttpRouter, HttpServerResponse } from "effect/http"
import { HttpApiBuilder, HttpApiScalar } from "effect/http-api"
import { Passwords } from "../../store/access/Passwords.ts"
import { Authentication } from "../access/Authentication.ts"
import { AuthorizationLive } from "../access/AuthLive.ts"
import { Logins } from "../access/Logins.ts"
import { OidcRoutes } from "../access/OidcRoutes.ts"
import { FaultsLive, methodsNotAllowed, takesOnly } from "../Faults.ts"
import { GuardLive } from "../GuardLive.ts"
import { AlertsHandlers } from "../handlers/Alerts.ts"
import { ApiKeysHandlers } from "../handlers/ApiKeys.ts"
import { AuditHandlers } from "../handlers/Audit.ts"
import { ConfigurationHandlers } from "../handlers/Configuration.ts"
import { ExportHandlers } from "../handlers/Export.ts"
import { HealthHandlers } from "../handlers/Health.ts"
import { HostsHandlers } from "../handlers/Hosts.ts"
import { IncidentsHandlers } from "../handlers/Incidents.ts"
import { MetricDefinitionsHandlers } from "../handlers/MetricDefinitions.ts"
import { PolicyHandlers } from "../handlers/Policy.ts"
import { RulesHandlers } from "../handlers/Rules.ts"
import { SeriesHandlers } from "../handlers/Series.ts"
import { SessionHandlers } from "../handlers/Session.ts"
import { SummaryHandlers } from "../handlers/Summary.ts"
import { SystemHandlers } from "../handlers/System.ts"
import { UsersHandlers } from "../handlers/Users.ts"
import { ViolationsHandlers } from "../handlers/Violations.ts"
import { WorkspacesHandlers } from "../handlers/Workspaces.ts"
import { Api } from "./Api.ts"

const Handlers = Layer.mergeAll(
  RulesHandlers,
  MetricDefinitionsHandlers,
  PolicyHandlers,
  ViolationsHandlers,
  AlertsHandlers,
  IncidentsHandlers,
  SeriesHandlers,
  ExportHandlers,
  HostsHandlers,
  UsersHandlers,
  SessionHandlers,
  ApiKeysHandlers,
  WorkspacesHandlers,
  ConfigurationHandlers,
  AuditHandlers,
  SummaryHandlers,
  SystemHandlers,
  HealthHandlers
).pipe(Layer.provide([Logins.layer, Passwords.layer, SecureRandom.layerWebCrypto]))

/** The page holds all it needs; the policy sees to it that it asks nobody else, and that no other page frames it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "frame-ancestors 'none'"
].join("; ")

/** Without fonts, tools and clients that Scalar would fetch from its makers. */
const scalar = {
  withDefaultFonts: false,
  hideModels: true,
  hideClientButton: true,
  showDeveloperTools: "never",
  authentication: { preferredSecurityScheme: "token" }
}

const Docs = HttpApiScalar.layer(Api, { path: "/docs", scalar }).pipe(
  Layer.provide(
    HttpRouter.middleware(Effect.map(HttpServerResponse.setHeader("content-security-policy", CONTENT_SECURITY_POLICY)))
      .layer
  )
)

export const ApiLive = Layer.mergeAll(
  HttpApiBuilder.layer(Api, { openapiPath: "/openapi.json" }),
  Docs,
  OidcRoutes,
  methodsNotAllowed(Api),
  ...["/openapi.json", "/docs"].map((path) => takesOnly(path, ["GET"])),
  FaultsLive
).pipe(Layer.provide(Handlers), Layer.provide([AuthorizationLive, GuardLive]), Layer.provide(Authentication.layer))
