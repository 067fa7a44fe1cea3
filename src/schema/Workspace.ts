import { Schema } from "effect"

/** Goes into a header and into ids, so a plain word. */
export const WorkspaceKey = Schema.String.check(
  Schema.isPattern(/^[a-z0-9][a-z0-9-]{0,62}$/, {
    message: "must be 1 to 63 lower-case letters, digits and dashes, and start with a letter or digit"
  })
)

/** The tenant boundary: nothing crosses it. `key` is for ever, since ids are derived from it. */
export const Workspace = Schema.Struct({ key: WorkspaceKey, name: Schema.String })
export type Workspace = typeof Workspace.Type

const RetentionDays = Schema.NullOr(
  Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 365 }, { message: "must be from 1 to 365, or null" }))
)

/** How long files of the history keep a workspace's points, in days; null: as long as the installation says. */
export const WorkspaceRetention = Schema.Struct({ coldDays: RetentionDays, rawDays: RetentionDays }).annotate({
  identifier: "WorkspaceRetention"
})
export type WorkspaceRetention = typeof WorkspaceRetention.Type

export const INSTALLATION_RETENTION: WorkspaceRetention = { coldDays: null, rawDays: null }

/** The workspace of a new installation. */
export const DEFAULT_WORKSPACE_KEY = "default"
