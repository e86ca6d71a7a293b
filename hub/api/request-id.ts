// Every request has a name, given back in X-Request-Id, that stands in each log line which it caused: the commands it sent carry it on.
import { randomBytes } from 'node:crypto'
import type { Context, MiddlewareHandler } from 'hono'
import type { Clock } from '../core/clock.ts'
import type { Log } from '../core/log.ts'

const HEADER = 'x-request-id'
/** A name that a caller may choose. */
const GIVEN = /^[\w.-]{1,64}$/
const READS = new Set(['GET', 'HEAD', 'OPTIONS'])

declare module 'hono' {
  interface ContextVariableMap {
    requestId: string
  }
}

export const requestIdOf = (c: Context): string => c.get('requestId')

/** Names each request and logs its end: what changes something at `info`, what only reads at `debug`. */
export function requestIds({ log, clock }: { log: Log; clock: Clock }): MiddlewareHandler {
  return async (c, next) => {
    const given = c.req.header(HEADER)
    const requestId = given && GIVEN.test(given) ? given : randomBytes(6).toString('hex')
    c.set('requestId', requestId)
    const startedMs = clock.monotonicMs()
    await next()
    c.header(HEADER, requestId)
    const { method, path } = c.req
    const fields = {
      requestId,
      method,
      path,
      status: c.res.status,
      tookMs: Math.round(clock.monotonicMs() - startedMs),
    }
    // A read is asked for with POST, and may be many a second.
    const isReading = READS.has(method) || path.endsWith('/read')
    log[isReading ? 'debug' : 'info']('request', fields)
  }
}
