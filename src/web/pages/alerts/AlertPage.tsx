import { useMemo, useState } from "react"
import { useApi } from "../../api/hooks.ts"
import { useSession } from "../../api/session.ts"
import type { Alert, Violation } from "../../api/types.ts"
import { formatCount } from "../../format/number.ts"
import { Button } from "../../ui/Button.tsx"
import { DetailHeader } from "../../ui/DetailHeader.tsx"
import { EmptyState } from "../../ui/Feedback.tsx"
import { LabelText } from "../../ui/LabelText.tsx"
import { Link } from "../../ui/Link.tsx"
import { ListState } from "../../ui/ListState.tsx"
import { Page, Section } from "../../ui/Page.tsx"
import { Severity } from "../../ui/State.tsx"
import { useShortcut } from "../../ui/shortcuts.ts"
import { type Column, Table } from "../../ui/Table.tsx"
import { Time } from "../../ui/Time.tsx"
import { ViolationDetail, violationColumns, violationKey } from "../violations/columns.tsx"
import { useNames } from "../violations/useNames.ts"
import { AlertChart } from "./AlertChart.tsx"
import { AcknowledgeDialog, CloseDialog } from "./AlertDialogs.tsx"
import { AlertFacts } from "./AlertFacts.tsx"
import styles from "./AlertPage.module.css"
import { AlertLedger, AlertStory } from "./AlertStory.tsx"
import { Lasts } from "./columns.tsx"
import { isClosable, isOpen, useAlertActs } from "./useAlertActs.ts"
import { useAlertViolations } from "./useAlertContext.ts"
import { reasonInWords } from "./words.ts"

interface AlertPageProps {
  readonly params: { readonly id?: string }
}

const AlertPage = ({ params: { id = "" } }: AlertPageProps) => {
  const { data, error, refetch } = useApi("alerts.get", { params: { id } })
  return (
    <Page title={data?.name ?? "Alert"} parent={{ title: "Alerts", to: "/alerts" }}>
      <ListState what="The alert" data={data} error={error} onRetry={refetch} isEmpty={false} empty={null}>
        {data !== undefined && <Detail alert={data} />}
      </ListState>
    </Page>
  )
}
export default AlertPage

const Detail = ({ alert }: { readonly alert: Alert }) => {
  const violations = useAlertViolations(alert)
  const names = useNames()
  const unit = names.definitions.get(alert.metric ?? "")?.unit ?? ""
  const columns = useMemo(() => ownColumns(violationColumns(names)), [names])
  return (
    <>
      <Header alert={alert} unit={unit} />
      {alert.metric !== null && (
        <AlertChart alert={alert} metric={alert.metric} unit={unit} violations={violations.data?.items ?? []} />
      )}
      <div className={styles.columns}>
        <Section title="What happened">
          <AlertStory alert={alert} />
        </Section>
        <Section title="How fast">
          <AlertLedger alert={alert} />
        </Section>
        <Section title="About">
          <AlertFacts alert={alert} />
        </Section>
      </div>
      <Section
        title="Violations"
        aside={<Link to={`/violations?alert=${alert.id}`}>{formatCount(alert.violationCount)}</Link>}
      >
        <ListState
          what="The violations"
          data={violations.data}
          error={violations.error}
          onRetry={violations.refetch}
          isEmpty={violations.data?.items.length === 0}
          empty={<EmptyState title="No violation is kept.">They are kept for 30 days, alerts for longer.</EmptyState>}
        >
          <Table
            main
            label="Violations of the alert"
            rows={violations.data?.items ?? []}
            columns={columns}
            rowKey={violationKey}
            phoneDetail={(violation) => <ViolationDetail violation={violation} unit={unit} />}
          />
        </ListState>
      </Section>
    </>
  )
}

/** What is the same for all of an alert's violations is said above. */
const SAME = ["labels", "rule", "alert"]

const ownColumns = (columns: ReadonlyArray<Column<Violation>>): ReadonlyArray<Column<Violation>> =>
  columns
    .filter(({ id }) => !SAME.includes(id))
    .map((column) =>
      column.id === "metric"
        ? { ...column, header: "Severity", cell: ({ severity }) => <Severity severity={severity} /> }
        : column
    )

const Header = ({ alert, unit }: { readonly alert: Alert; readonly unit: string }) => {
  const { canOperate } = useSession()
  const { incidentId, maintenanceSuppressed, operationalStatus, postResolutionWatch, severity, stale, startTime } =
    alert
  return (
    <DetailHeader
      severity={severity}
      status={operationalStatus}
      title={alert.name}
      facts={[
        <LabelText key="labels" labels={alert.labels} />,
        <span key="began">
          began <Time time={startTime} />, {operationalStatus === "Closed" ? "lasted" : "lasts"}{" "}
          <Lasts lasting={alert} />
        </span>,
        incidentId === null ? null : (
          <Link key="incident" to={`/incidents/${incidentId}`} className={styles.link}>
            {incidentId}
          </Link>
        ),
        stale ? "points have stopped" : null,
        maintenanceSuppressed ? "suppressed by maintenance" : null,
        postResolutionWatch ? "watched after its incident was resolved" : null
      ]}
      actions={canOperate && operationalStatus !== "Closed" ? <Actions alert={alert} /> : undefined}
    >
      <p className={styles.reason}>{reasonInWords(alert.triggerReason, unit)}</p>
    </DetailHeader>
  )
}

const Actions = ({ alert }: { readonly alert: Alert }) => {
  const { acknowledge, close, left } = useAlertActs()
  const [dialog, setDialog] = useState<"acknowledge" | "close" | null>(null)
  const canAcknowledge = isOpen(alert) && left === 0
  const canClose = isClosable(alert) && left === 0
  const done = () => setDialog(null)
  useShortcut("a", "Acknowledge the alert", () => setDialog("acknowledge"), "This page", canAcknowledge)
  useShortcut("e", "Close the alert", () => setDialog("close"), "This page", canClose)
  return (
    <>
      <Button disabled={!canAcknowledge} onClick={() => setDialog("acknowledge")} title="a">
        {alert.operationalStatus === "Open" ? "Acknowledge" : "Acknowledged"}
      </Button>
      {alert.kind === "External" ? (
        <span className={styles.quiet}>Only its source can close it.</span>
      ) : (
        <Button disabled={!canClose} onClick={() => setDialog("close")} title="e">
          Close…
        </Button>
      )}
      {dialog === "acknowledge" && (
        <AcknowledgeDialog count={1} onClose={done} onSubmit={(note) => acknowledge([alert], note)} />
      )}
      {dialog === "close" && <CloseDialog count={1} onClose={done} onSubmit={(note) => close([alert], note)} />}
    </>
  )
}
