// The real application and staff around a simulated card, for tests of what stands before the routes. What lies behind them is not there:
// a request that gets through ends in 500 or 404.
import { type AppParts, createApp } from '../../hub/api/app.ts'
import { createLog } from '../../hub/core/log.ts'
import { createPasswords } from '../../hub/core/passwords.ts'
import { openStaff } from '../../hub/staff/staff.ts'
import { createSimClock } from './clock.ts'
import { createSimDisk } from './disk.ts'

export const HOST = 'roost.local'
export const PAGE = `http://${HOST}`
export const CODE = 'ABCD-EFGH-JKMN'
export const CLAIM = { code: CODE, name: 'admin', password: 'correct horse', farm: 'Hill' }

export async function openBox({ isOpen = false } = {}) {
  const clock = createSimClock()
  const log = createLog(() => {}, clock.wallMs)
  const staff = await openStaff({
    dir: '/staff',
    disk: createSimDisk(),
    clock,
    log,
    passwords: createPasswords(),
    claimCode: CODE,
  })
  const noted: { kind: string; body: Uint8Array }[] = []
  const parts = {
    staff,
    clock,
    log,
    figures: [],
    checks: {
      health: {},
      ready: {},
      warn: {},
    },
    uiDir: '/nowhere',
    enrolments: null,
    backups: {},
    restore: {},
    version: '0',
    https: {
      caPem: '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      port: () => 8443,
    },
    store: {
      appendEvent: (event: (typeof noted)[number]) => void noted.push(event),
      events: async () => [],
    },
    time: { status: () => ({ isTrusted: true }) },
    isOpen: () => isOpen,
  }
  const app = createApp(parts as unknown as AppParts)
  const ask = (method: string, path: string, headers: Record<string, string> = {}, body?: unknown) =>
    app.request(`${PAGE}${path}`, {
      method,
      headers: { host: HOST, ...headers },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  const claim = async () => cookieOf(await ask('POST', '/api/v1/claim', { origin: PAGE }, CLAIM))
  return { app, ask, staff, clock, noted, claim }
}

/** Headers of a browser that was given a session by this answer, on the box's own page. */
export const cookieOf = (response: Response) => ({
  cookie: /^roost_session=[\w-]{43}/.exec(response.headers.get('set-cookie') ?? '')?.[0] ?? 'none',
  origin: PAGE,
})
/** A path of the table with something for each parameter. */
export const concrete = (path: string) => path.replace(/:[a-z]+/g, 'x')
