// One model of who may use which topic (R-BRK-02), for devices, services, staff tools and legacy devices. Pure.
import { topicPrefix } from '../core/ids.ts'
import { maySubscribe as deviceMaySubscribe, publishSuffix } from './acl.ts'
import { filterCovers, filterOverlaps, levelsMatch } from './topic-filter.ts'

/** Topic filters that a client may use; what `refuse` matches is refused whatever the others say. */
export interface Rights {
  publish: readonly string[]
  subscribe: readonly string[]
  refuse: readonly string[]
}

/** Whoever is at the other end of a connection. */
export type Principal =
  | { readonly kind: 'device'; readonly uid: string; readonly prefix: string }
  | { readonly kind: 'client'; readonly name: string; readonly rights: Rights }

/** Everything below this prefix belongs to the nodes and the hub. */
export const FARM_FILTER = '/farm/#'
/** Conformance suites subscribe here to see SUBACK 0x80. */
const REFUSED_FOR_TESTS = 'test/nosubscribe'

/** Legacy devices on the plain listener: any topic but the farm's own, which needs a certificate. */
export const PLAIN_RIGHTS: Rights = {
  publish: ['#'],
  subscribe: ['#'],
  refuse: [FARM_FILTER, '$SYS/#', REFUSED_FOR_TESTS],
}

/** The prefix that a device has while it has no place. It bears its own name, so it may use it for ever: one that was given a place while it was away begins there. */
const ownPrefix = ({ uid }: { uid: string }) => topicPrefix(uid, null)

/** What a device's topic is below the prefix of its place, or below its own; null when it may not publish there. */
export const deviceSuffix = (device: { uid: string; prefix: string }, topic: string): string | null =>
  publishSuffix(device.prefix, topic) ?? publishSuffix(ownPrefix(device), topic)

export function mayPublish(principal: Principal, topic: string): boolean {
  if (principal.kind === 'device') return deviceSuffix(principal, topic) !== null
  const { publish, refuse } = principal.rights
  if (topic.startsWith('$SYS/')) return false // the broker's own [MQTT-4.7.2]
  return publish.some((filter) => levelsMatch(filter, topic)) && !refuse.some((filter) => levelsMatch(filter, topic))
}

/** A filter that reaches into what is refused is granted: `mayReceive` keeps the refused topics back. */
export function maySubscribe(principal: Principal, filter: string): boolean {
  if (principal.kind === 'device')
    return deviceMaySubscribe(principal.prefix, filter) || deviceMaySubscribe(ownPrefix(principal), filter)
  const { subscribe, refuse } = principal.rights
  return subscribe.some((grant) => filterCovers(grant, filter)) && !refuse.some((grant) => filterCovers(grant, filter))
}

/** Asked for each message before it is sent on: a right may have been taken away, or a filter reach further than the right. */
export function mayReceive(principal: Principal, topic: string): boolean {
  if (principal.kind === 'device')
    return topic.startsWith(`${principal.prefix}/`) || topic.startsWith(`${ownPrefix(principal)}/`)
  const { subscribe, refuse } = principal.rights
  return subscribe.some((filter) => levelsMatch(filter, topic)) && !refuse.some((filter) => levelsMatch(filter, topic))
}

/** True when a subscription of this client can bring it what devices publish; devices never see each other's. */
export function isFarmObserver(principal: Principal, filter: string): boolean {
  if (principal.kind === 'device' || principal.rights.refuse.includes(FARM_FILTER)) return false
  return filterOverlaps(filter, FARM_FILTER)
}
