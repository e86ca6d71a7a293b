// Stands before every route: who asks, and whether he may. Nothing behind it is reached by somebody who may not.
import type { HttpBindings } from '@hono/node-server'
import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import type { Caller, Origin, Staff } from '../staff/staff.ts'
import { accessOf, isNoted } from './access.ts'
import type { Audit } from './audit.ts'
import { sessionCookieOf } from './https.ts'
import { noSuchRoute } from './no-such-route.ts'
import { problem } from './problem.ts'

/** Larger ones are refused before anything reads them. */
const BODY_MAX_BYTES = 64 * 1024
/** The bodies that are larger, read as they come: a backup, and a firmware. */
export const RESTORE_PATH = '/api/v1/restore'
export const RESTORE_MAX_BYTES = 64 * 1024 * 1024
const LARGER: Readonly<Record<string, number>> = {
  [RESTORE_PATH]: RESTORE_MAX_BYTES,
  '/api/v1/firmware': 4 * 1024 * 1024,
  // A piece of an update of the box.
  '/api/v1/update/pieces': 1024 * 1024,
}
const READS = new Set(['GET', 'HEAD'])

declare module 'hono' {
  interface ContextVariableMap {
    caller: Caller | null
  }
}

/** From where a request comes: the address is the socket's own, whatever headers say. */
export function originOf(c: Context): Origin {
  const { incoming } = (c.env ?? {}) as Partial<HttpBindings>
  return { address: incoming?.socket.remoteAddress ?? 'unknown', agent: c.req.header('user-agent') ?? '' }
}

/** `isOpen`: no accounts yet, or none wanted; everybody who reaches the hub may everything. */
export function guard(parts: { staff: Staff; audit: Audit; isOpen(): boolean }): MiddlewareHandler {
  const { staff, audit, isOpen } = parts
  const whoAsks = (c: Context): Caller | null => {
    const bearer = /^Bearer ([\w-]{1,128})$/.exec(c.req.header('authorization') ?? '')
    if (bearer) return staff.byToken(bearer[1]!)
    const cookie = getCookie(c, sessionCookieOf(c))
    return cookie && cookie.length <= 128 ? staff.bySession(cookie) : null
  }

  return async (c, next) => {
    const { method, path } = c.req
    const isReading = READS.has(method)
    if (!isReading && isTooLarge(c)) {
      return problem(c, 413, 'TOO_LARGE', 'too large', `a body has at most ${BODY_MAX_BYTES} bytes, and says how many`)
    }
    const open = isOpen()
    const caller = open ? null : whoAsks(c)
    c.set('caller', caller)
    const access = accessOf(method, path)
    const note = (status: number) => {
      if (isNoted(method, path)) audit.note({ who: caller, open, from: originOf(c), method, path, status })
    }
    if (!open && access !== 'public') {
      const refusal = refuse(c, caller, access)
      if (refusal) {
        note(refusal.status)
        return refusal
      }
    }
    await next()
    note(c.res.status)
    const isLive = c.res.headers.get('content-type')?.startsWith('text/event-stream')
    if (isLive && !open && c.res.body) {
      // Whoever lost the right to look sees nothing more than the event that comes next, 5 s later at most.
      const whileAllowed = new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          if (whoAsks(c)?.may('farm.read')) controller.enqueue(chunk)
          else controller.terminate()
        },
      })
      c.res = new Response(c.res.body.pipeThrough(whileAllowed), c.res)
    }
  }

  function refuse(c: Context, caller: Caller | null, access: ReturnType<typeof accessOf>): Response | null {
    const isPage = !c.req.path.startsWith('/api/') && READS.has(c.req.method)
    if (
      !staff.isClaimed() &&
      !/^(\/api\/v1)?\/(claim|restore)$|^\/(door\.css|door\.js|restore\.js)$/.test(c.req.path)
    ) {
      if (isPage) return c.redirect('/claim', 303)
      return problem(c, 403, 'UNCLAIMED', 'nobody claimed this box yet', 'open /claim with the code of the box')
    }
    if (access === 'door') return null
    if (!caller) {
      if (isPage && c.req.path !== '/metrics') return c.redirect('/login', 303)
      return problem(c, 401, 'NOT_SIGNED_IN', 'not signed in', 'log in, or send a token')
    }
    if (caller.kind === 'session' && !READS.has(c.req.method) && !saysOwnPage(c)) {
      return problem(
        c,
        403,
        'FOREIGN_ORIGIN',
        'another site asked',
        'the request does not say that it is the hub’s own',
      )
    }
    if (access === null) return noSuchRoute(c)
    // A token is for machines: it has no session, and pages are not for it.
    const isAllowed = access === 'signed-in' ? caller.kind === 'session' : access !== 'public' && caller.may(access)
    if (isAllowed) return null
    return problem(c, 403, 'NOT_ALLOWED', 'not allowed', `${caller.name} may not do this: it needs ${access}`)
  }
}

/** A cookie alone changes nothing: the browser says that the hub's own page asks (its Origin was held against Host before). */
const saysOwnPage = (c: Context) =>
  c.req.header('origin') !== undefined || c.req.header('sec-fetch-site') === 'same-origin'

function isTooLarge(c: Context): boolean {
  if (c.req.header('transfer-encoding') !== undefined) return true
  return Number(c.req.header('content-length') ?? 0) > (LARGER[c.req.path] ?? BODY_MAX_BYTES)
}
