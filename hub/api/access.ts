// Which route needs which permission: the one table. A route that is not in it is refused to everybody; a test holds the application against it.
import type { Permission } from '../staff/permissions.ts'

/** `public`: for everybody. `door`: the ways in, for everybody. `signed-in`: for whoever has an account, whatever the role. */
export type Access = Permission | 'public' | 'door' | 'signed-in'

const API = '/api/v1'
/** [method, path, what it needs]; GET stands for HEAD too. */
export const ACCESS: readonly (readonly [method: string, path: string, access: Access])[] = [
  ['GET', '/healthz', 'public'],
  ['GET', '/readyz', 'public'],
  ['GET', '/metrics', 'metrics.read'],
  ['GET', '/claim', 'door'],
  ['POST', '/claim', 'door'],
  ['GET', '/login', 'door'],
  ['POST', '/login', 'door'],
  ['GET', '/recover', 'door'],
  ['POST', '/recover', 'door'],
  ['GET', '/restore', 'door'],
  ['GET', '/restore.js', 'door'],
  ['POST', `${API}/restore`, 'door'],
  ['GET', '/trust', 'door'],
  ['GET', '/trust/roost-ca.crt', 'door'],
  ['GET', '/door.css', 'door'],
  ['GET', '/door.js', 'door'],
  ['POST', `${API}/claim`, 'door'],
  ['POST', `${API}/recover`, 'door'],
  ['POST', `${API}/session`, 'door'],
  ['GET', `${API}/session`, 'signed-in'],
  ['DELETE', `${API}/session`, 'signed-in'],
  ['PUT', `${API}/session/password`, 'signed-in'],
  ['GET', `${API}/session/people`, 'signed-in'],
  ['POST', `${API}/session/switch`, 'signed-in'],
  ['GET', `${API}/farm`, 'farm.read'],
  ['PATCH', `${API}/farm`, 'staff.manage'],
  ['GET', `${API}/staff/accounts`, 'staff.manage'],
  ['POST', `${API}/staff/accounts`, 'staff.manage'],
  ['GET', `${API}/staff/accounts/:name`, 'staff.manage'],
  ['PATCH', `${API}/staff/accounts/:name`, 'staff.manage'],
  ['DELETE', `${API}/staff/accounts/:name`, 'staff.manage'],
  ['GET', `${API}/staff/sessions`, 'staff.manage'],
  ['DELETE', `${API}/staff/sessions/:id`, 'staff.manage'],
  ['GET', `${API}/staff/tokens`, 'staff.manage'],
  ['POST', `${API}/staff/tokens`, 'staff.manage'],
  ['DELETE', `${API}/staff/tokens/:id`, 'staff.manage'],
  ['GET', `${API}/audit`, 'audit.read'],
  ['GET', `${API}/openapi.json`, 'farm.read'],
  ['GET', '/api-docs', 'farm.read'],
  ['GET', '/api-docs.js', 'farm.read'],
  ['GET', '/api-docs.css', 'farm.read'],
  ['GET', `${API}/devices`, 'farm.read'],
  ['GET', `${API}/devices/:uid`, 'farm.read'],
  ['GET', `${API}/devices/:uid/config`, 'farm.read'],
  ['PUT', `${API}/devices/:uid/config`, 'nodes.configure'],
  ['POST', `${API}/devices/:uid/read`, 'nodes.ask'],
  ['POST', `${API}/devices/:uid/identify`, 'nodes.ask'],
  ['POST', `${API}/devices/:uid/restart`, 'nodes.act'],
  ['POST', `${API}/devices/:uid/calibrate`, 'nodes.act'],
  ['POST', `${API}/devices/:uid/actuate`, 'nodes.act'],
  ['POST', `${API}/devices/:uid/revoke`, 'nodes.identity'],
  ['POST', `${API}/devices/:uid/rotate`, 'nodes.identity'],
  ['GET', `${API}/devices/:uid/ota`, 'farm.read'],
  ['POST', `${API}/devices/:uid/ota`, 'nodes.configure'],
  ['GET', `${API}/firmware`, 'farm.read'],
  ['POST', `${API}/firmware`, 'nodes.configure'],
  ['DELETE', `${API}/firmware/:id`, 'nodes.configure'],
  ['GET', `${API}/rollouts`, 'farm.read'],
  ['POST', `${API}/rollouts`, 'nodes.configure'],
  ['GET', `${API}/rollouts/:id`, 'farm.read'],
  ['POST', `${API}/rollouts/:id/:act`, 'nodes.configure'],
  ['GET', `${API}/certificates`, 'farm.read'],
  ['GET', `${API}/ca`, 'farm.read'],
  ['POST', `${API}/ca/roll`, 'nodes.identity'],
  ['POST', `${API}/ca/end`, 'nodes.identity'],
  ['GET', `${API}/enrolments`, 'nodes.identity'],
  ['POST', `${API}/enrolments`, 'nodes.identity'],
  ['DELETE', `${API}/enrolments/:id`, 'nodes.identity'],
  ['GET', `${API}/backups`, 'backup.manage'],
  ['POST', `${API}/backups`, 'backup.manage'],
  ['PUT', `${API}/backups`, 'backup.manage'],
  ['DELETE', `${API}/backups`, 'backup.manage'],
  ['POST', `${API}/backups/download`, 'backup.manage'],
  ['POST', `${API}/houses/:site/:house/read`, 'nodes.ask'],
  ['POST', `${API}/read`, 'nodes.ask'],
  ['GET', `${API}/wifi`, 'nodes.identity'],
  ['PUT', `${API}/wifi`, 'box.update'],
  ['GET', `${API}/update`, 'box.update'],
  ['POST', `${API}/update`, 'box.update'],
  ['DELETE', `${API}/update`, 'box.update'],
  ['PUT', `${API}/update/pieces`, 'box.update'],
  ['GET', `${API}/update/sticks`, 'box.update'],
  ['POST', `${API}/update/sticks`, 'box.update'],
  ['POST', `${API}/update/install`, 'box.update'],
  ['POST', `${API}/update/restart`, 'box.update'],
  ['GET', `${API}/clock`, 'farm.read'],
  ['POST', `${API}/clock`, 'clock.set'],
  ['GET', `${API}/quarantine`, 'quarantine.read'],
  ['GET', `${API}/quarantine/:id`, 'quarantine.read'],
  ['DELETE', `${API}/quarantine`, 'quarantine.clear'],
  ['GET', `${API}/courses`, 'farm.read'],
  ['GET', `${API}/series`, 'farm.read'],
  ['GET', `${API}/series/:uid/:sensor`, 'farm.read'],
  ['GET', `${API}/series/:uid/:sensor/samples`, 'farm.read'],
  ['GET', `${API}/series/:uid/:sensor/samples.csv`, 'farm.read'],
  ['GET', `${API}/alarms`, 'farm.read'],
  ['GET', `${API}/alarms/history`, 'farm.read'],
  ['POST', `${API}/alarms/:id/acknowledge`, 'alarms.act'],
  ['POST', `${API}/alarms/:id/silence`, 'alarms.act'],
  ['GET', `${API}/alarms/rules`, 'farm.read'],
  ['PUT', `${API}/alarms/rules`, 'alarms.configure'],
  ['DELETE', `${API}/alarms/rules`, 'alarms.configure'],
  ['GET', `${API}/alarms/plan`, 'alarms.act'],
  ['PUT', `${API}/alarms/plan`, 'alarms.configure'],
  ['GET', `${API}/alarms/test`, 'farm.read'],
  ['POST', `${API}/alarms/test`, 'alarms.act'],
  ['POST', `${API}/alarms/test/answer`, 'alarms.act'],
  ['GET', `${API}/channels`, 'alarms.act'],
  ['GET', `${API}/channels/deliveries`, 'alarms.act'],
  ['PUT', `${API}/channels/:id`, 'alarms.configure'],
  ['DELETE', `${API}/channels/:id`, 'alarms.configure'],
  ['POST', `${API}/channels/:id/test`, 'alarms.act'],
  ['GET', `${API}/flocks`, 'farm.read'],
  ['POST', `${API}/flocks`, 'flocks.manage'],
  ['GET', `${API}/flocks/compare`, 'farm.read'],
  ['GET', `${API}/flocks/report-plan`, 'flocks.note'],
  ['PUT', `${API}/flocks/report-plan`, 'alarms.configure'],
  ['PUT', `${API}/flocks/time-zone`, 'flocks.manage'],
  ['GET', `${API}/flocks/:id`, 'farm.read'],
  ['PATCH', `${API}/flocks/:id`, 'flocks.manage'],
  ['PUT', `${API}/flocks/:id/days/:date`, 'flocks.note'],
  ['POST', `${API}/flocks/:id/close`, 'flocks.manage'],
  ['GET', `${API}/houses/:site/:house`, 'farm.read'],
  ['PUT', `${API}/houses/:site/:house/mode`, 'flocks.note'],
  ['GET', `${API}/houses/:site/:house/report`, 'farm.read'],
  ['GET', `${API}/houses/:site/:house/values`, 'farm.read'],
  ['POST', `${API}/houses/:site/:house/report/send`, 'alarms.act'],
  ['GET', `${API}/notes`, 'farm.read'],
  ['POST', `${API}/notes`, 'flocks.note'],
  ['DELETE', `${API}/notes/:id`, 'flocks.note'],
  ['GET', `${API}/events`, 'farm.read'],
  ['GET', `${API}/maintenance`, 'farm.read'],
  ['POST', `${API}/maintenance/look`, 'nodes.ask'],
  ['GET', `${API}/maintenance/diagnostics`, 'farm.read'],
  ['GET', `${API}/maintenance/events`, 'farm.read'],
  ['GET', `${API}/box`, 'farm.read'],
  ['GET', `${API}/others`, 'farm.read'],
  ['PATCH', `${API}/others/:id`, 'nodes.configure'],
  ['DELETE', `${API}/others/:id`, 'nodes.configure'],
]

const rows = ACCESS.map(([method, path, access]) => {
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/:[a-z]+/g, '[^/]+')}$`)
  return { method, path, pattern, access }
})

/** Rows that leave no line in the audit: values are asked for with POST, many times a second; an update of the box comes in hundreds of pieces. */
export const UNNOTED: ReadonlySet<string> = new Set([
  `POST ${API}/devices/:uid/read`,
  `POST ${API}/houses/:site/:house/read`,
  `POST ${API}/read`,
  `PUT ${API}/update/pieces`,
])

/** True for a request of which the audit keeps a line: whatever changes something, or tries to. Pure. */
export function isNoted(method: string, path: string): boolean {
  if (method === 'GET' || method === 'HEAD') return false
  const row = rows.find((each) => each.method === method && each.pattern.test(path))
  return !row || !UNNOTED.has(`${method} ${row.path}`)
}

/** With which methods a path may be asked; none when there is no such path. Pure. */
export const methodsOf = (path: string): string[] =>
  rows.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)

/** What a request needs; null for one that no row knows. What is not below /api is a page of the UI, for whoever is signed in. Pure. */
export function accessOf(method: string, path: string): Access | null {
  const asked = method === 'HEAD' ? 'GET' : method
  const row = rows.find((each) => each.method === asked && each.pattern.test(path))
  if (row) return row.access
  return asked === 'GET' && !/^\/api(\/|$)/.test(path) ? 'signed-in' : null
}
