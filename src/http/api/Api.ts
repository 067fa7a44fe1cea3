/** The public interface as a description: routes, shapes, refusals. Server, documentation and clients come from it. */
import { HttpApi, OpenApi } from "effect/http-api"
import { AlertsApi } from "./Alerts.ts"
import { ApiKeysApi } from "./ApiKeys.ts"
import { AuditApi } from "./Audit.ts"
import { Authorization } from "./Auth.ts"
import { ConfigurationApi } from "./Configuration.ts"
import { documented, OVERVIEW } from "./Docs.ts"
import { ExportApi } from "./Export.ts"
import { Guard } from "./Guard.ts"
import { HealthApi } from "./Health.ts"
import { HostsApi } from "./Hosts.ts"
import { IncidentsApi } from "./Incidents.ts"
import { MetricDefinitionsApi } from "./MetricDefinitions.ts"
import { PolicyApi } from "./Policy.ts"
import { RulesApi } from "./Rules.ts"
import { SeriesApi } from "./Series.ts"
import { SessionApi } from "./Session.ts"
import { SummaryApi } from "./Summary.ts"
import { SystemApi } from "./System.ts"
import { UsersApi } from "./Users.ts"
import { ViolationsApi } from "./Violations.ts"
import { WorkspacesApi } from "./Workspaces.ts"

export class Api extends HttpApi.make("lumina")
  .add(RulesApi, MetricDefinitionsApi, PolicyApi)
  .add(ViolationsApi, AlertsApi, IncidentsApi, SeriesApi, ExportApi)
  .add(HostsApi, UsersApi, ApiKeysApi, WorkspacesApi)
  .add(ConfigurationApi, AuditApi, SummaryApi, SystemApi)
  .middleware(Guard)
  .middleware(Authorization)
  .add(SessionApi, HealthApi)
  // A misspelt parameter or field is refused: ignored, it would answer another question than the one asked.
  .annotate(HttpApi.QueryParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotate(HttpApi.PayloadParseOptions, { errors: "all", onExcessProperty: "error" })
  .annotateMerge(
    OpenApi.annotations({
      title: "Lumina",
      version: "1",
      description: OVERVIEW,
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
      transform: documented
    })
  ) {}
