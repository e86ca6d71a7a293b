// Who is signed in, and for admins who else may be: asked when the page opens and after each change.
import { type ReadonlySignal, signal } from '@preact/signals'

export const ROLES = ['viewer', 'worker', 'manager', 'admin'] as const
export type Role = (typeof ROLES)[number]

export interface Me {
  name: string | null
  role: Role | null
  /** No accounts: everybody may everything. */
  open: boolean
  permissions: readonly string[]
}
export interface People {
  accounts: readonly { name: string; role: Role; hasPin: boolean }[]
  sessions: readonly { id: string; name: string; address: string; agent: string; usedMs: number }[]
  tokens: readonly { id: string; label: string; scopes: readonly string[]; madeBy: string; madeMs: number }[]
}
/** Whom a PIN is enough for. */
export const mayHavePin = (role: Role) => role === 'viewer' || role === 'worker'
/** What a token can be for, without those that make it as good as its maker's password. */
export const TOKEN_SCOPES = [
  'farm.read',
  'metrics.read',
  'nodes.ask',
  'nodes.act',
  'nodes.configure',
  'alarms.act',
] as const
export type TokenScope = (typeof TOKEN_SCOPES)[number]
export type StaffState =
  | { kind: 'loading' }
  | { kind: 'error' }
  /** `people` is null for whoever may not manage them. */
  | { kind: 'ready'; me: Me; people: People | null; pinNames: readonly string[] }

export interface StaffModel {
  readonly state: ReadonlySignal<StaffState>
  /** Why the last change was not made, in the hub's words; '' when the hub did not answer; null when all is well. */
  readonly problem: ReadonlySignal<string | null>
  reload(): Promise<void>
  /** True when it is done. */
  add(account: { name: string; role: string; password: string }): Promise<boolean>
  change(name: string, change: { role?: string; password?: string; pin?: string | null }): Promise<boolean>
  remove(name: string): Promise<boolean>
  endSession(id: string): Promise<boolean>
  /** The token, which the hub shows this once; null when it was not made. */
  addToken(label: string, scopes: readonly string[]): Promise<string | null>
  endToken(id: string): Promise<boolean>
  /** This phone becomes somebody else's. */
  switchTo(name: string, pin: string): Promise<boolean>
  changeOwnPassword(old: string, password: string): Promise<boolean>
  logOut(): Promise<boolean>
}

const API = '/api/v1'
const accountPath = (name: string) => `${API}/staff/accounts/${encodeURIComponent(name)}`

export function createStaffModel(fetchUrl: typeof fetch): StaffModel {
  const state = signal<StaffState>({ kind: 'loading' })
  const problem = signal<string | null>(null)

  async function get<T>(path: string): Promise<T> {
    const response = await fetchUrl(`${API}${path}`)
    if (!response.ok) throw new Error(`the hub answered ${response.status} for ${path}`)
    return (await response.json()) as T
  }
  async function reload() {
    try {
      const me = await get<Me>('/session')
      const people = me.permissions.includes('staff.manage')
        ? {
            ...(await get<Pick<People, 'accounts'>>('/staff/accounts')),
            ...(await get<Pick<People, 'sessions'>>('/staff/sessions')),
            ...(await get<Pick<People, 'tokens'>>('/staff/tokens')),
          }
        : null
      const pinNames = me.open ? [] : (await get<{ names: string[] }>('/session/people')).names
      state.value = { kind: 'ready', me, people, pinNames: pinNames.filter((name) => name !== me.name) }
    } catch {
      state.value = { kind: 'error' }
    }
  }
  async function send(method: string, path: string, body?: unknown): Promise<boolean> {
    try {
      const response = await fetchUrl(path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
      const said = response.ok ? null : ((await response.json()) as { detail?: string })
      problem.value = said ? (said.detail ?? '') : null
    } catch {
      problem.value = ''
    }
    return problem.value === null
  }
  async function thenReload(done: Promise<boolean>): Promise<boolean> {
    const isDone = await done
    await reload()
    return isDone
  }
  return {
    state,
    problem,
    reload,
    add: (account) => thenReload(send('POST', `${API}/staff/accounts`, account)),
    change: (name, change) => thenReload(send('PATCH', accountPath(name), change)),
    remove: (name) => thenReload(send('DELETE', accountPath(name))),
    endSession: (id) => thenReload(send('DELETE', `${API}/staff/sessions/${encodeURIComponent(id)}`)),
    async addToken(label, scopes) {
      let made: string | null = null
      try {
        const body = JSON.stringify({ label, scopes })
        const response = await fetchUrl(`${API}/staff/tokens`, { method: 'POST', body })
        const said = (await response.json()) as { token?: string; detail?: string }
        made = said.token ?? null
        problem.value = response.ok ? null : (said.detail ?? '')
      } catch {
        problem.value = ''
      }
      await reload()
      return made
    },
    endToken: (id) => thenReload(send('DELETE', `${API}/staff/tokens/${encodeURIComponent(id)}`)),
    switchTo: (name, pin) => send('POST', `${API}/session/switch`, { name, pin }),
    changeOwnPassword: (old, password) => thenReload(send('PUT', `${API}/session/password`, { old, password })),
    logOut: () => send('DELETE', `${API}/session`),
  }
}
