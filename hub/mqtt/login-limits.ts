// How often names and passwords may be tried (R-BRK-03), so that guessing is slow and nobody can lock a farm's tools out: failures
// count for the address and for the user, but an address that this user came from before, and the first try of any address, are
// not held up by what others did. Pure; the time is given.
import { type Bucket, createBucket, hasToken, type RateLimit, takeToken } from './rate.ts'

/** Wrong passwords from one address. */
const ADDRESS_FAILURES: RateLimit = { burst: 10, perSecond: 1 / 10 }
/** Wrong passwords for one user, from addresses that are not known to be his. */
const USER_FAILURES: RateLimit = { burst: 20, perSecond: 1 / 10 }
/** With more failing addresses than these at once, an address that nobody knows has no first try of its own any more. */
const FAILING_ADDRESSES_MAX = 1_024
/** Users that are remembered as being guessed at; names that do not exist share one entry. */
const FAILING_USERS_MAX = 256
/** Addresses that are remembered as a user's own, over all users. */
const KNOWN_MAX = 1_024

export interface LoginLimits {
  /** Whether this address may try this user now, and whether it is known to be the user's. */
  ask(address: string, name: string, nowMs: number): 'known' | 'stranger' | 'refused'
  failed(address: string, name: string, nowMs: number): void
  succeeded(address: string, name: string): void
}

/** Limits of this run of the hub. */
export function createLoginLimits(): LoginLimits {
  const addresses = new Map<string, Bucket>()
  const users = new Map<string, Bucket>()
  const known = new Set<string>()
  const knownKey = (address: string, name: string) => `${address} ${name}`
  const isSpent = (bucket: Bucket | undefined, limit: RateLimit, nowMs: number) =>
    bucket !== undefined && !hasToken(bucket, limit, nowMs)

  return {
    ask(address, name, nowMs) {
      if (isSpent(addresses.get(address), ADDRESS_FAILURES, nowMs)) return 'refused'
      if (known.has(knownKey(address, name))) return 'known'
      const isFirst = !addresses.has(address) && addresses.size < FAILING_ADDRESSES_MAX
      return !isFirst && isSpent(users.get(name), USER_FAILURES, nowMs) ? 'refused' : 'stranger'
    },
    failed(address, name, nowMs) {
      charge(addresses, address, ADDRESS_FAILURES, FAILING_ADDRESSES_MAX, nowMs)
      if (!known.has(knownKey(address, name))) charge(users, name, USER_FAILURES, FAILING_USERS_MAX, nowMs)
    },
    succeeded(address, name) {
      // The address keeps its failures: whoever has a password of his own must not buy guesses at another's with it.
      const key = knownKey(address, name)
      known.delete(key)
      if (known.size >= KNOWN_MAX) known.delete(known.values().next().value!)
      known.add(key)
    },
  }
}

/** Takes a token of `key`; when the map is full, an entry whose bucket is full again makes room, else the oldest does. */
function charge(buckets: Map<string, Bucket>, key: string, limit: RateLimit, sizeMax: number, nowMs: number) {
  let bucket = buckets.get(key)
  if (!bucket) {
    if (buckets.size >= sizeMax) makeRoom(buckets, limit, sizeMax, nowMs)
    bucket = createBucket(limit, nowMs)
    buckets.set(key, bucket)
  }
  takeToken(bucket, limit, nowMs)
}

function makeRoom(buckets: Map<string, Bucket>, limit: RateLimit, sizeMax: number, nowMs: number) {
  const refillMs = (limit.burst / limit.perSecond) * 1_000
  for (const [key, bucket] of buckets) if (nowMs - bucket.filledMs > refillMs) buckets.delete(key)
  if (buckets.size >= sizeMax) buckets.delete(buckets.keys().next().value!)
}
