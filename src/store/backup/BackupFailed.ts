import { Schema } from "effect"

/** A backup or a restore did not happen, and why, in a sentence for who asked for it. */
export class BackupFailed extends Schema.TaggedError<BackupFailed>()("BackupFailed", { message: Schema.String }) {}

export const failed = (message: string) => new BackupFailed({ message })

export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
