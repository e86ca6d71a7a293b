// The people and machines that may ask: POST /api/v1/claim, /recover, the session, and for admins accounts, sessions and tokens.
import { type Context, Hono } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import { PERMISSION_NAMES, ROLES } from '../staff/permissions.ts'
import { type LoggedIn, SESSION_AGE_MAX_MS, type ShownAccount, type Staff } from '../staff/staff.ts'
import type { TimeStatus } from '../time/authority.ts'
import { originOf } from './guard.ts'
import { isHttps, sessionCookieOf } from './https.ts'
import { type RouteDoc, route } from './openapi/route.ts'

const text = v.pipe(v.string(), v.maxLength(512))
/** What the farm may choose; the UI speaks those of them that it has texts for, else English. */
export const LANGUAGES = ['en', 'de', 'es'] as const
export const claimSchema = v.strictObject({
  code: text,
  name: text,
  password: text,
  farm: text,
  language: v.optional(v.picklist(LANGUAGES), 'en'),
  firstHouse: v.optional(v.nullable(v.pipe(v.string(), v.trim(), v.maxLength(64))), null),
  tMs: v.exactOptional(v.pipe(v.number(), v.integer())),
})
export const loginSchema = v.strictObject({ name: text, password: text })
export const recoverSchema = v.strictObject({ code: text, name: text, password: text })
const ownPasswordSchema = v.strictObject({ old: text, password: text })
const switchSchema = v.strictObject({ name: text, pin: v.pipe(v.string(), v.maxLength(16)) })
const accountSchema = v.strictObject({ name: text, role: v.picklist(ROLES), password: text })
const changeSchema = v.strictObject({
  role: v.exactOptional(v.picklist(ROLES)),
  password: v.exactOptional(text),
  /** null takes it away. */
  pin: v.exactOptional(v.nullable(v.pipe(v.string(), v.maxLength(16)))),
})
const farmChangeSchema = v.strictObject({
  name: v.exactOptional(text),
  language: v.exactOptional(v.picklist(LANGUAGES)),
})
const tokenSchema = v.strictObject({
  label: text,
  scopes: v.pipe(v.array(v.picklist(PERMISSION_NAMES)), v.minLength(1), v.maxLength(PERMISSION_NAMES.length)),
})

export interface StaffSources {
  staff: Staff
  time: { status(): Pick<TimeStatus, 'isTrusted'>; setByStaff(wallMs: number): Promise<unknown> }
  /** No accounts: everybody may everything. */
  isOpen(): boolean
}

/** Gives the browser its session, always a new one: a cookie that somebody else put there before is worth nothing. */
export function giveSession(c: Context, { token }: LoggedIn) {
  setCookie(c, sessionCookieOf(c), token, {
    httpOnly: true,
    sameSite: 'Strict',
    path: '/',
    secure: isHttps(c),
    maxAge: SESSION_AGE_MAX_MS / 1e3,
  })
}

/** Claims the box; the phone's clock becomes the hub's when nobody keeps that. */
export async function claimBox(c: Context, { staff, time }: StaffSources, claim: v.InferOutput<typeof claimSchema>) {
  const { tMs, firstHouse, ...rest } = claim
  const entered = await staff.claim({ ...rest, firstHouse: firstHouse || null }, originOf(c))
  giveSession(c, entered)
  // The claim stands whatever becomes of the clock, which staff can set later.
  if (tMs !== undefined && !time.status().isTrusted) await time.setByStaff(tMs).catch(() => {})
}

export function staffRoutes(sources: StaffSources) {
  const { staff, isOpen } = sources
  const me = (c: Context): Session => {
    const caller = c.get('caller')
    return {
      name: caller?.name ?? null,
      role: caller?.role ?? null,
      open: isOpen(),
      farm: staff.farm(),
      permissions: PERMISSION_NAMES.filter((permission) => isOpen() || caller?.may(permission)),
    }
  }
  return new Hono()
    .route('/staff', staffAdminRoutes(sources))
    .post('/claim', route(docs.claim), async (c) => {
      await claimBox(c, sources, c.req.valid('json'))
      return c.json({ farm: staff.farm() }, 201)
    })
    .post('/recover', route(docs.recover), async (c) => {
      giveSession(c, await staff.recover(c.req.valid('json'), originOf(c)))
      return c.body(null, 204)
    })
    .post('/session', route(docs.logIn), async (c) => {
      const { name, password } = c.req.valid('json')
      giveSession(c, await staff.login(name, password, originOf(c)))
      return c.body(null, 204)
    })
    .get('/session', route(docs.session), (c) => c.json(me(c)))
    .delete('/session', route(docs.logOut), async (c) => {
      const caller = c.get('caller')
      if (caller) await staff.endSession(caller.id)
      deleteCookie(c, sessionCookieOf(c), { path: '/', secure: isHttps(c) })
      return c.body(null, 204)
    })
    .put('/session/password', route(docs.ownPassword), async (c) => {
      const { old, password } = c.req.valid('json')
      const { name, id } = c.get('caller') ?? { name: '', id: '' }
      // Proves the old one, within the limits of logging in. The change ends all sessions but that of this browser: were it ended for a moment,
      // whatever the page asks meanwhile would send its user to the login.
      await staff.login(name, old, originOf(c))
      await staff.changeAccount(name, { password }, { keptId: id })
      return c.body(null, 204)
    })
    .get('/session/people', route(docs.people), (c) => c.json({ names: staff.pinNames() }))
    .post('/session/switch', route(docs.switch), async (c) => {
      const { name, pin } = c.req.valid('json')
      giveSession(c, await staff.switchByPin(c.get('caller')?.id ?? '', name, pin, originOf(c)))
      return c.body(null, 204)
    })
    .get('/farm', route(docs.farm), (c) => c.json({ farm: staff.farm(), languages: [...LANGUAGES] }))
    .patch('/farm', route(docs.changeFarm), async (c) => {
      await staff.changeFarm(c.req.valid('json'))
      return c.json({ farm: staff.farm(), languages: [...LANGUAGES] })
    })
}

/** What only who manages the staff may: accounts, sessions of others, API tokens. */
function staffAdminRoutes({ staff }: Pick<StaffSources, 'staff'>) {
  const gone = (isThere: boolean) => {
    if (!isThere) throw new RoostError('TOKEN_UNKNOWN', 'there is none of this id, or not any more')
  }
  return new Hono()
    .get('/accounts', route(docs.accounts), (c) => c.json({ accounts: staff.accounts() }))
    .post('/accounts', route(docs.addAccount), async (c) => {
      await staff.addAccount(c.req.valid('json'))
      return c.body(null, 201)
    })
    .get('/accounts/:name', route(docs.account), (c) => {
      const name = c.req.param('name').normalize('NFC')
      const account = staff.accounts().find((each) => each.name === name)
      if (!account) throw new RoostError('ACCOUNT_UNKNOWN', `nobody here is called "${name.slice(0, 64)}"`)
      c.header('etag', `"${account.tag}"`)
      return c.json(account)
    })
    .patch('/accounts/:name', route(docs.changeAccount), async (c) => {
      const match = c.req.header('if-match')
      const tag = match === undefined || match === '*' ? null : match.replace(/^"(.*)"$/, '$1')
      await staff.changeAccount(c.req.param('name'), c.req.valid('json'), { ifTag: tag })
      return c.body(null, 204)
    })
    .delete('/accounts/:name', route(docs.removeAccount), async (c) => {
      await staff.removeAccount(c.req.param('name'))
      return c.body(null, 204)
    })
    .get('/sessions', route(docs.sessions), (c) => c.json({ sessions: staff.sessions() }))
    .delete('/sessions/:id', route(docs.endSession), async (c) => {
      gone(await staff.endSession(c.req.param('id')))
      return c.body(null, 204)
    })
    .get('/tokens', route(docs.tokens), (c) => c.json({ tokens: staff.tokens() }))
    .post('/tokens', route(docs.addToken), async (c) => {
      const { label, scopes } = c.req.valid('json')
      return c.json(await staff.addToken({ label, scopes, madeBy: c.get('caller')?.name ?? 'open' }), 201)
    })
    .delete('/tokens/:id', route(docs.endToken), async (c) => {
      gone(await staff.endToken(c.req.param('id')))
      return c.body(null, 204)
    })
}

const farmShape = v.nullable(
  v.strictObject({
    name: v.string(),
    language: v.string(),
    claimedMs: v.number(),
    firstHouse: v.nullable(v.string()),
  }),
)
const farmAnswer = v.strictObject({ farm: farmShape, languages: v.array(v.string()) })
const sessionShape = v.strictObject({
  name: v.nullable(v.string()),
  role: v.nullable(v.picklist(ROLES)),
  open: v.boolean(),
  farm: farmShape,
  permissions: v.array(v.picklist(PERMISSION_NAMES)),
})
type Session = v.InferOutput<typeof sessionShape>
const accountShape: v.GenericSchema<ShownAccount> = v.strictObject({
  name: v.string(),
  role: v.picklist(ROLES),
  changedMs: v.number(),
  hasPin: v.boolean(),
  tag: v.string(),
})
const sessionRow = v.strictObject({
  id: v.string(),
  name: v.string(),
  address: v.string(),
  agent: v.string(),
  startedMs: v.number(),
  usedMs: v.number(),
  device: v.nullable(v.string()),
})
const tokenRow = v.strictObject({
  id: v.string(),
  label: v.string(),
  scopes: v.array(v.picklist(PERMISSION_NAMES)),
  madeBy: v.string(),
  madeMs: v.number(),
})

const docs = {
  claim: {
    summary: 'Claim a new box with the code printed on it, and be its first admin',
    body: claimSchema,
    answers: { 201: v.strictObject({ farm: farmShape }) },
    errors: ['CLAIMED', 'CODE_WRONG', 'TOO_MANY', 'BUSY', 'DISK'],
  },
  recover: {
    summary: 'A new password for an admin, with the code printed on the box',
    body: recoverSchema,
    answers: { 204: null },
    errors: ['CODE_WRONG', 'ACCOUNT_UNKNOWN', 'TOO_MANY', 'BUSY', 'DISK'],
  },
  logIn: {
    summary: 'Log in: gives the session cookie',
    body: loginSchema,
    answers: { 204: null },
    errors: ['LOGIN_WRONG', 'TOO_MANY', 'BUSY', 'DISK'],
  },
  session: { summary: 'Who is signed in, and what he may do', answers: { 200: sessionShape } },
  logOut: { summary: 'Log out', answers: { 204: null }, errors: ['DISK'] },
  ownPassword: {
    summary: 'A new password for oneself; ends all other sessions',
    body: ownPasswordSchema,
    answers: { 204: null },
    errors: ['LOGIN_WRONG', 'TOO_MANY', 'BUSY', 'DISK'],
  },
  people: {
    summary: 'Who may take over this phone by PIN',
    answers: { 200: v.strictObject({ names: v.array(v.string()) }) },
  },
  switch: {
    summary: 'Somebody else takes over this signed-in phone, by PIN: viewers and workers only',
    body: switchSchema,
    answers: { 204: null },
    errors: ['LOGIN_WRONG', 'TOO_MANY', 'BUSY', 'DISK'],
  },
  farm: { summary: 'The farm’s name and language', answers: { 200: farmAnswer } },
  changeFarm: {
    summary: 'Change the farm’s name or language',
    body: farmChangeSchema,
    answers: { 200: farmAnswer },
    errors: ['DISK'],
  },
  accounts: { summary: 'All accounts', answers: { 200: v.strictObject({ accounts: v.array(accountShape) }) } },
  addAccount: {
    summary: 'Add an account',
    body: accountSchema,
    answers: { 201: null },
    errors: ['ACCOUNT_EXISTS', 'BUSY', 'DISK'],
  },
  account: { summary: 'One account, with its ETag', answers: { 200: accountShape }, errors: ['ACCOUNT_UNKNOWN'] },
  changeAccount: {
    summary: 'Change role, password or PIN; a new role or password ends the sessions',
    body: changeSchema,
    headers: { 'if-match': 'The ETag of the account: only while nobody else changed it' },
    answers: { 204: null },
    errors: ['ACCOUNT_UNKNOWN', 'REVISION_STALE', 'LAST_ADMIN', 'BUSY', 'DISK'],
  },
  removeAccount: {
    summary: 'Remove an account and end its sessions',
    answers: { 204: null },
    errors: ['ACCOUNT_UNKNOWN', 'LAST_ADMIN', 'DISK'],
  },
  sessions: {
    summary: 'Where somebody is logged in',
    answers: { 200: v.strictObject({ sessions: v.array(sessionRow) }) },
  },
  endSession: { summary: 'End a session', answers: { 204: null }, errors: ['TOKEN_UNKNOWN', 'DISK'] },
  tokens: {
    summary: 'API tokens, without the tokens themselves',
    answers: { 200: v.strictObject({ tokens: v.array(tokenRow) }) },
  },
  addToken: {
    summary: 'Make an API token; it is shown this once',
    body: tokenSchema,
    answers: {
      201: v.strictObject({
        id: v.string(),
        token: v.string(),
      }),
    },
    errors: ['DISK'],
  },
  endToken: { summary: 'Revoke an API token', answers: { 204: null }, errors: ['TOKEN_UNKNOWN', 'DISK'] },
} as const satisfies Record<string, RouteDoc>
