/** The public interface as a description: routes, shapes, refusals. Server, documentation and clients come from it. */
import { HttpApi, OpenApi } from "effect/http-api"
import { AlertsApi } from "./ApiAlerts.ts"
import { AuditApi } from "./ApiAudit.ts"
import { ConfigurationApi } from "./ApiConfiguration.ts"
import { documented, OVERVIEW } from "./ApiDocs.ts"
import { ExportApi } from "./ApiExport.ts"
import { HealthApi } from "./ApiHealth.ts"
import { HostsApi } from "./ApiHosts.ts"
import { IncidentsApi } from "./ApiIncidents.ts"
import { ApiKeysApi } from "./ApiKeys.ts"
import { MetricDefinitionsApi } from "./ApiMetricDefinitions.ts"
import { PolicyApi } from "./ApiPolicy.ts"
import { RulesApi } from "./ApiRules.ts"
import { SeriesApi } from "./ApiSeries.ts"
import { SessionApi } from "./ApiSession.ts"
import { SummaryApi } from "./ApiSummary.ts"
import { SystemApi } from "./ApiSystem.ts"
import { UsersApi } from "./ApiUsers.ts"
import { ViolationsApi } from "./ApiViolations.ts"
import { WorkspacesApi } from "./ApiWorkspaces.ts"
import { Authorization } from "./Auth.ts"
import { Guard } from "./Guard.ts"

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
