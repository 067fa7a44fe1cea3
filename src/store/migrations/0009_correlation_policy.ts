/**
 * A correlator's inputs and their order are kept; with the policy that each was judged by, the same log gives the same
 * incidents after the policy has changed, too.
 */
export const statements: ReadonlyArray<string> = [
  // Null: the default, since nobody has written one.
  `ALTER TABLE alert_transition ADD COLUMN taken_policy_version int`,

  `CREATE OR REPLACE VIEW policy AS
    SELECT workspace_number, body AS document, version FROM document WHERE kind = 'policy'`
]
