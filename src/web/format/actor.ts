/** Who did something, as people say it: `user:eva` is eva; what nobody did, the hub itself did. */
export const formatActor = (actor: string | null | undefined): string => {
  if (actor === null || actor === undefined) return "–"
  if (actor === "system") return "Lumina"
  const [kind, ...rest] = actor.split(":")
  if (rest.length === 0) return `${actor} key`
  return kind === "user" ? rest.join(":") : `${rest.join(":")} (${kind === "host" ? "host token" : "API key"})`
}
