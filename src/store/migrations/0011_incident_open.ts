/** What is open now is asked for by every page that anybody looks at, and is few of all there is. */
export const statements: ReadonlyArray<string> = [
  `CREATE INDEX incident_open ON incident (workspace_number, severity)
    WHERE status <> 'Resolved' AND merged_into IS NULL`
]
