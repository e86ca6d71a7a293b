// The people and machines that may ask: POST /api/v1/claim, /recover, the session, and for admins accounts, sessions and tokens.
import { type Context, Hono } from 'hono'
import { deleteCookie, setCookie } from 'hono/cookie'
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import { PERMISSION_NAMES, ROLES } from '../staff/permissions.ts'
import { type LoggedIn, SESSION_AGE_MAX_MS, type Staff } from '../staff/staff.ts'
import type { TimeStatus } from '../time/authority.ts'
import { originOf, SESSION_COOKIE } from './guard.ts'
import { parseBody } from './request.ts'

const text = v.pipe(v.string(), v.maxLength(512))
export const claimSchema = v.strictObject({
  ...{ code: text, name: text, password: text, farm: text },
  language: v.optional(text, 'en'),
  firstHouse: v.optional(v.nullable(v.pipe(v.string(), v.trim(), v.maxLength(64))), null),
  /** The phone's clock, milliseconds since 1970; taken when the hub knows no better. */
  tMs: v.exactOptional(v.pipe(v.number(), v.integer())),
})
export const loginSchema = v.strictObject({ name: text, password: text })
export const recoverSchema = v.strictObject({ code: text, name: text, password: text })
const accountSchema = v.strictObject({ name: text, role: v.picklist(ROLES), password: text })
const changeSchema = v.strictObject({ role: v.exactOptional(v.picklist(ROLES)), password: v.exactOptional(text) })
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
  const secure = new URL(c.req.url).protocol === 'https:'
  setCookie(c, SESSION_COOKIE, token, {
    ...{ httpOnly: true, sameSite: 'Strict', path: '/', secure, maxAge: SESSION_AGE_MAX_MS / 1000 },
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
  const me = (c: Context) => {
    const caller = c.get('caller')
    return {
      ...{ name: caller?.name ?? null, role: caller?.role ?? null, open: isOpen(), farm: staff.farm() },
      permissions: PERMISSION_NAMES.filter((permission) => isOpen() || caller?.may(permission)),
    }
  }
  const gone = (isThere: boolean) => {
    if (!isThere) throw new RoostError('TOKEN_UNKNOWN', 'there is none of this id, or not any more')
  }
  return new Hono()
    .post('/claim', async (c) => {
      await claimBox(c, sources, await parseBody(c, claimSchema))
      return c.json({ farm: staff.farm() }, 201)
    })
    .post('/recover', async (c) => {
      giveSession(c, await staff.recover(await parseBody(c, recoverSchema), originOf(c)))
      return c.body(null, 204)
    })
    .post('/session', async (c) => {
      const { name, password } = await parseBody(c, loginSchema)
      giveSession(c, await staff.login(name, password, originOf(c)))
      return c.body(null, 204)
    })
    .get('/session', (c) => c.json(me(c)))
    .delete('/session', async (c) => {
      const caller = c.get('caller')
      if (caller) await staff.endSession(caller.id)
      deleteCookie(c, SESSION_COOKIE, { path: '/' })
      return c.body(null, 204)
    })
    .get('/staff/accounts', (c) => c.json({ accounts: staff.accounts() }))
    .post('/staff/accounts', async (c) => {
      await staff.addAccount(await parseBody(c, accountSchema))
      return c.body(null, 201)
    })
    .patch('/staff/accounts/:name', async (c) => {
      await staff.changeAccount(c.req.param('name'), await parseBody(c, changeSchema))
      return c.body(null, 204)
    })
    .delete('/staff/accounts/:name', async (c) => {
      await staff.removeAccount(c.req.param('name'))
      return c.body(null, 204)
    })
    .get('/staff/sessions', (c) => c.json({ sessions: staff.sessions() }))
    .delete('/staff/sessions/:id', async (c) => {
      gone(await staff.endSession(c.req.param('id')))
      return c.body(null, 204)
    })
    .get('/staff/tokens', (c) => c.json({ tokens: staff.tokens() }))
    .post('/staff/tokens', async (c) => {
      const { label, scopes } = await parseBody(c, tokenSchema)
      return c.json(await staff.addToken({ label, scopes, madeBy: c.get('caller')?.name ?? 'open' }), 201)
    })
    .delete('/staff/tokens/:id', async (c) => {
      gone(await staff.endToken(c.req.param('id')))
      return c.body(null, 204)
    })
}
