// Token buckets: so much at once, so much a second. Pure; the time is given.

export interface Bucket {
  tokens: number
  filledMs: number
}

export interface RateLimit {
  burst: number
  perSecond: number
}

export const createBucket = (limit: RateLimit, nowMs: number): Bucket => ({ tokens: limit.burst, filledMs: nowMs })

/** Takes tokens, also those that are not there yet; how long to wait until they are, 0 when they were there. */
export function takeToken(bucket: Bucket, { burst, perSecond }: RateLimit, nowMs: number, count = 1): number {
  const gained = ((nowMs - bucket.filledMs) / 1000) * perSecond
  bucket.tokens = Math.min(burst, bucket.tokens + gained) - count
  bucket.filledMs = nowMs
  return bucket.tokens >= 0 ? 0 : Math.ceil((-bucket.tokens / perSecond) * 1000)
}

/** True while there is a token; takes none. */
export function hasToken(bucket: Bucket, { burst, perSecond }: RateLimit, nowMs: number): boolean {
  return Math.min(burst, bucket.tokens + ((nowMs - bucket.filledMs) / 1000) * perSecond) >= 1
}

/** Takes one token if there is one. */
export function takeTokenIfAny(bucket: Bucket, limit: RateLimit, nowMs: number): boolean {
  return hasToken(bucket, limit, nowMs) && takeToken(bucket, limit, nowMs) === 0
}
