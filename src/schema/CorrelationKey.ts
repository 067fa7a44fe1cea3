/** Where an alert belongs, from its labels, until a topology says more (N2). */
export interface Placement {
  readonly service: string | null
  readonly ci: string | null
  /** Alerts of one key, and only they, may share an incident: the service, else the CI, else the metric. */
  readonly correlationKey: string
}

export const placementOf = (metric: string, labels: Readonly<Record<string, string>>): Placement => {
  const service = own(labels, "service")
  const ci = own(labels, "host")
  const correlationKey = service !== null ? `service:${service}` : ci !== null ? `ci:${ci}` : `metric:${metric}`
  return { service, ci, correlationKey }
}

const own = (labels: Readonly<Record<string, string>>, name: string): string | null =>
  Object.hasOwn(labels, name) ? labels[name]! : null
