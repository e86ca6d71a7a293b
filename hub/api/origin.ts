// Keeps other web sites out of the API while a browser on the farm has both open: DNS rebinding and cross-site requests.
import { isIP } from 'node:net'
import { hostname } from 'node:os'
import type { MiddlewareHandler } from 'hono'
import { isHttps } from './https.ts'
import { problem } from './problem.ts'

/** True for a Host header under which this box can be meant: an address, localhost, a `.local` name or the machine's own. Pure. */
export function isOwnHost(host: string, machineName: string): boolean {
  const name = host
    .replace(/:\d{1,5}$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase()
  return isIP(name) !== 0 || name === 'localhost' || name.endsWith('.local') || name === machineName.toLowerCase()
}

/** The status with which an upgrade is refused that asks for another host's name or comes from another site's page; else null. Pure. */
export function upgradeRefusal(host: string, origin: string | undefined, machineName: string): 421 | 403 | null {
  if (!isOwnHost(host, machineName)) return 421
  return origin !== undefined && !isSameHost(origin, host) ? 403 : null
}

/** Refuses requests for another host's name, and requests that change something when another site's page makes them. */
export const ownOriginOnly = (): MiddlewareHandler => {
  const machineName = hostname()
  return async (c, next) => {
    const host = c.req.header('host') ?? ''
    if (!isOwnHost(host, machineName)) {
      return problem(c, 421, 'FOREIGN_HOST', 'wrong host name', 'open the hub by its address or its .local name')
    }
    const isReading = c.req.method === 'GET' || c.req.method === 'HEAD'
    const origin = c.req.header('origin')
    // What came unencrypted may be anybody's work: it changes nothing over HTTPS.
    const isDowngraded = isHttps(c) && !origin?.startsWith('https:')
    if (!isReading && origin !== undefined && (isDowngraded || !isSameHost(origin, host))) {
      return problem(
        c,
        403,
        'FOREIGN_ORIGIN',
        'another site asked',
        'requests that change something must come from the hub’s own page',
      )
    }
    await next()
  }
}

function isSameHost(origin: string, host: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host.toLowerCase()
}
