// Who may use which topic: a device publishes and subscribes below its own prefix only (R-BRK-02, protocol.md "Identity and place"). Pure.

const PUBLISH_BRANCHES = ['data/', 'status/', 'diag/', 'ota/'] as const
const SUBSCRIBE_BRANCHES = ['cmd/', 'ota/'] as const

/** The part of `topic` below `prefix` when a device with that prefix may publish there, else null. */
export function publishSuffix(prefix: string, topic: string): string | null {
  if (!topic.startsWith(prefix) || topic.charCodeAt(prefix.length) !== 47 /* '/' */) return null
  const suffix = topic.slice(prefix.length + 1)
  return PUBLISH_BRANCHES.some((branch) => suffix.startsWith(branch)) ? suffix : null
}

/** True when a device with `prefix` may subscribe to `filter`: `cmd/…` and `ota/…` below its prefix, wildcards included. */
export function maySubscribe(prefix: string, filter: string): boolean {
  if (!filter.startsWith(`${prefix}/`)) return false
  const suffix = filter.slice(prefix.length + 1)
  return SUBSCRIBE_BRANCHES.some((branch) => suffix.startsWith(branch) && suffix.length > branch.length)
}
