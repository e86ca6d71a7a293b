// The people of the farm: who claimed the box, accounts with a role, sessions in browsers, tokens of machines.
// A change is on the card before it is told; whoever loses a right loses it at once, and again after a restart.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Passwords } from '../core/passwords.ts'
import { createAttempts } from './attempts.ts'
import { may, type Permission, type Role } from './permissions.ts'
import { checkPassword, checkPin, checkText, isForPin, mustKeepAdmin, network, replaced } from './rules.ts'
import { hashOf, isSameCode, makeCode, makeToken } from './secret.ts'
import { isAlive, type LoggedIn, newSession, type Origin, without, withSession } from './sessions.ts'
import * as file from './staff-file.ts'

export type { LoggedIn, Origin } from './sessions.ts'
export { SESSION_AGE_MAX_MS } from './sessions.ts'

/** A session's last use is written so rarely: a phone that looks every second must not wear the card. */
const USED_WRITE_MS = 6 * 3_600_000
const RECOVERY_MS = 15 * 60_000

/** Who asks. A session's `id` and a token's are no secret. */
export interface Caller {
  kind: 'session' | 'token'
  id: string
  name: string
  may(permission: Permission): boolean
  role: Role | null
}

export interface Claim {
  code: string
  name: string
  password: string
  farm: string
  language: string
  firstHouse: string | null
}

export interface Staff {
  isClaimed(): boolean
  farm(): file.Farm | null
  /** The code for a box that nobody claimed; else, for 15 minutes and once, one with which an admin gets a new password. */
  localCode(): string
  /** Makes the box this farm's; durable when it resolves. CLAIMED, CODE_WRONG, BAD_REQUEST, TOO_MANY, BUSY, DISK. */
  claim(claim: Claim, from: Origin): Promise<LoggedIn>
  /** Holds the code against that of a box that nobody claimed, and claims nothing. CLAIMED, CODE_WRONG, TOO_MANY. */
  proveCode(code: string, from: Origin): void
  /** A new password for an admin, by a code of `localCode` or the one printed on the box; ends all his sessions. CODE_WRONG, BAD_REQUEST, TOO_MANY, BUSY, DISK. */
  recover(request: { code: string; name: string; password: string }, from: Origin): Promise<LoggedIn>
  /** LOGIN_WRONG, TOO_MANY, BUSY, DISK. */
  login(name: string, password: string, from: Origin): Promise<LoggedIn>
  /** Who has this cookie or this API token; null when nobody (any more). */
  bySession(token: string): Caller | null
  byToken(token: string): Caller | null
  /** Who may take over a signed-in phone by PIN. */
  pinNames(): string[]
  /** The phone of session `id` becomes that of somebody with a PIN; the session before ends. LOGIN_WRONG, TOO_MANY, BUSY, DISK. */
  switchByPin(id: string, name: string, pin: string, from: Origin): Promise<LoggedIn>
  accounts(): ShownAccount[]
  /** ACCOUNT_EXISTS, BAD_REQUEST, BUSY, DISK. */
  addAccount(account: { name: string; role: Role; password: string }): Promise<void>
  /**
   * Ends the account's sessions, and those taken over from it by PIN, when its password or role changed, all but the session `keptId`;
   * `ifTag`: only while the account is as it was then. ACCOUNT_UNKNOWN, REVISION_STALE, LAST_ADMIN, BAD_REQUEST, BUSY, DISK.
   */
  changeAccount(name: string, change: AccountChange, when?: { ifTag?: string | null; keptId?: string }): Promise<void>
  /** Error: DISK, BAD_REQUEST. */
  changeFarm(change: { name?: string | undefined; language?: string | undefined }): Promise<void>
  /** ACCOUNT_UNKNOWN, LAST_ADMIN, DISK. */
  removeAccount(name: string): Promise<void>
  sessions(): Omit<file.Session, 'tokenHash'>[]
  /** True when there was such a session. */
  endSession(id: string): Promise<boolean>
  tokens(): Omit<file.ApiToken, 'tokenHash'>[]
  /** The token is shown once. BAD_REQUEST, DISK. */
  addToken(token: { label: string; scopes: Permission[]; madeBy: string }): Promise<{ id: string; token: string }>
  endToken(id: string): Promise<boolean>
}

/** `pin: null` takes it away. */
export interface AccountChange {
  role?: Role | undefined
  password?: string | undefined
  pin?: string | null | undefined
}

/** `tag` is another one after each change. */
export type ShownAccount = Pick<file.Account, 'name' | 'role' | 'changedMs'> & { hasPin: boolean; tag: string }

export interface StaffParts {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  passwords: Passwords
  /** The code printed on the box, given by the image; else the hub makes one up. */
  claimCode?: string | null
}

/** Opens or creates the staff in `dir`. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openStaff({ dir, disk, clock, log, passwords, claimCode }: StaffParts): Promise<Staff> {
  const json = file.createStaffFile({ dir, disk, log })
  let state: file.StaffDocument = (await json.read()) ?? {
    claimCode: null,
    farm: null,
    accounts: [],
    sessions: [],
    tokens: [],
  }
  const attempts = createAttempts()
  let recovery: { code: string; untilMs: number } | null = null
  const wantedCode = claimCode ?? state.claimCode ?? makeCode()
  if (!state.farm && state.claimCode !== wantedCode) {
    state = { ...state, claimCode: wantedCode }
    await json.write(state)
  }

  let changing: Promise<unknown> = Promise.resolve()
  /** Makes one change after the other, each on the card before it counts, or not at all. */
  function change(next: (state: file.StaffDocument) => file.StaffDocument): Promise<void> {
    const done = changing.then(async () => {
      const wanted = next(state)
      if (wanted === state) return
      await json.write(wanted)
      state = wanted
    })
    changing = done.catch(() => {})
    return done
  }
  /** The same for what takes rights away: it counts at once, even when the card refuses, and the caller hears of that. */
  function takeAway(next: (state: file.StaffDocument) => file.StaffDocument): Promise<void> {
    const done = changing.then(() => {
      state = next(state)
      return json.write(state)
    })
    changing = done.catch(() => {})
    return done
  }

  const account = (name: string, of = state) => of.accounts.find((each) => each.name === name.normalize('NFC'))
  function known(name: string, of: file.StaffDocument): file.Account {
    const found = account(name, of)
    if (!found) throw new RoostError('ACCOUNT_UNKNOWN', `nobody here is called "${name.slice(0, 64)}"`)
    return found
  }
  /** Waits out nobody's time: refuses when one of `keys` failed too often, and counts this try as failed until it is known better. */
  function tryOnce(keys: string[]) {
    const waitMs = attempts.waitMs(keys, clock.monotonicMs())
    if (waitMs > 0) throw new RoostError('TOO_MANY', `wait ${Math.ceil(waitMs / 1000)} s before the next try`)
    attempts.began(keys, clock.monotonicMs())
  }

  function proveCode(code: string, from: Origin) {
    if (state.farm) throw new RoostError('CLAIMED', 'this box belongs to a farm already')
    const key = [`code ${network(from.address)}`]
    tryOnce(key)
    if (state.claimCode === null || !isSameCode(code, state.claimCode)) {
      throw new RoostError('CODE_WRONG', 'that is not the code of this box')
    }
    attempts.succeeded(key)
  }

  const callerOf = ({ id, name }: file.Session): Caller | null => {
    const found = account(name)
    if (!found) return null
    const { role } = found
    return { kind: 'session', id, name, role, may: (permission) => may(role, permission) }
  }

  return {
    isClaimed: () => state.farm !== null,
    farm: () => state.farm,
    localCode() {
      if (state.claimCode !== null) return state.claimCode
      recovery = { code: makeCode(), untilMs: clock.monotonicMs() + RECOVERY_MS }
      return recovery.code
    },
    async claim({ code, name, password, farm, language, firstHouse }, from) {
      proveCode(code, from)
      const checked = {
        name: checkText(file.accountName, name, 'the name'),
        farm: checkText(file.farmText, farm, 'the farm’s name'),
        language: checkText(file.language, language, 'the language'),
      }
      checkPassword(password)
      const hash = await passwords.hash(password)
      const entered = newSession(checked.name, from, clock.wallMs())
      await change((now) => {
        if (now.farm) throw new RoostError('CLAIMED', 'this box belongs to a farm already')
        const claimedMs = clock.wallMs()
        return {
          ...now,
          claimCode: null,
          farm: { name: checked.farm, language: checked.language, claimedMs, firstHouse },
          accounts: [{ name: checked.name, role: 'admin', hash, changedMs: claimedMs, pinHash: null }],
          sessions: [entered.session],
        }
      })
      return entered
    },
    proveCode,
    async recover({ code, name, password }, from) {
      const key = [`code ${network(from.address)}`]
      tryOnce(key)
      // Whoever reads the label of the box stands before it; a code that the hub made up was in its log, and claimed once.
      const isPrinted = claimCode != null && isSameCode(code, claimCode)
      const isGood =
        isPrinted || (recovery && recovery.untilMs > clock.monotonicMs() && isSameCode(code, recovery.code))
      if (!isGood) throw new RoostError('CODE_WRONG', 'that is no recovery code, or its time is over')
      attempts.succeeded(key)
      checkPassword(password)
      const admin = known(name, state)
      if (admin.role !== 'admin') throw new RoostError('BAD_REQUEST', `${admin.name} is no admin`)
      recovery = null // once, also when what follows fails
      const hash = await passwords.hash(password)
      const entered = newSession(admin.name, from, clock.wallMs())
      await change((now) => ({
        ...now,
        accounts: replaced(now.accounts, { ...known(name, now), hash, changedMs: clock.wallMs() }),
        sessions: [...without(now.sessions, admin.name), entered.session],
      }))
      return entered
    },
    async login(name, password, from) {
      const before = account(name)
      // An address from which this person works has a count of its own: a stranger who guesses elsewhere does not keep him out.
      const isHome = state.sessions.some((each) => each.name === before?.name && each.address === from.address)
      const address = network(from.address)
      const keys = [`address ${address}`, `account ${before?.name ?? ''}${isHome ? ` at ${address}` : ''}`]
      tryOnce(keys)
      const isRight = await passwords.check(before?.hash ?? null, password)
      if (!isRight || !before) throw new RoostError('LOGIN_WRONG', 'this name and this password do not belong together')
      const entered = newSession(before.name, from, clock.wallMs())
      await change((now) => {
        // He may have been removed or changed while the hash was made.
        if (account(before.name, now)?.hash !== before.hash) {
          throw new RoostError('LOGIN_WRONG', 'this account was changed just now')
        }
        return { ...now, sessions: withSession(now.sessions, entered.session, clock.wallMs()) }
      })
      attempts.succeeded(keys)
      return entered
    },
    bySession(token) {
      const tokenHash = hashOf(token)
      const session = state.sessions.find((each) => each.tokenHash === tokenHash)
      if (!session || !isAlive(session, clock.wallMs())) return null
      const nowMs = clock.wallMs()
      if (Math.abs(nowMs - session.usedMs) > USED_WRITE_MS) {
        change((now) => ({
          ...now,
          sessions: now.sessions.map((each) => (each.id === session.id ? { ...each, usedMs: nowMs } : each)),
        })).catch((error) => log.warn('session-use-not-written', errorFields(error)))
      }
      return callerOf(session)
    },
    byToken(token) {
      const tokenHash = hashOf(token)
      const found = state.tokens.find((each) => each.tokenHash === tokenHash)
      if (!found) return null
      const { id, label, scopes } = found
      return { kind: 'token', id, name: label, role: null, may: (permission) => scopes.includes(permission) }
    },
    pinNames: () => state.accounts.filter((each) => each.pinHash !== null && isForPin(each)).map(({ name }) => name),
    async switchByPin(id, name, pin, from) {
      const before = account(name)
      const keys = [`pin of ${before?.name ?? ''}`, `pin on ${id}`]
      tryOnce(keys)
      const hash = before && isForPin(before) ? before.pinHash : null
      const isRight = await passwords.check(hash, pin)
      if (!isRight || !before) throw new RoostError('LOGIN_WRONG', 'this name and this PIN do not belong together')
      const { token, session } = newSession(before.name, from, clock.wallMs())
      let taken = session
      await change((now) => {
        const old = now.sessions.find((each) => each.id === id)
        if (!old || account(before.name, now)?.pinHash !== hash) {
          throw new RoostError('LOGIN_WRONG', 'this account or this phone was changed just now')
        }
        // The phone is not signed in for longer than the password said.
        taken = { ...session, device: old.device ?? old.name, startedMs: old.startedMs }
        const others = now.sessions.filter((each) => each.id !== id)
        return { ...now, sessions: withSession(others, taken, clock.wallMs()) }
      })
      attempts.succeeded(keys)
      return { token, session: taken }
    },
    accounts: () =>
      state.accounts.map((each) => {
        const { name, role, changedMs, pinHash } = each
        return { name, role, changedMs, hasPin: pinHash !== null, tag: tagOf(each) }
      }),
    async addAccount({ name, role, password }) {
      const checked = checkText(file.accountName, name, 'the name')
      checkPassword(password)
      const hash = await passwords.hash(password)
      await change((now) => {
        if (account(checked, now)) throw new RoostError('ACCOUNT_EXISTS', `somebody is called "${checked}" already`)
        if (now.accounts.length >= file.ACCOUNTS_MAX) {
          throw new RoostError('BAD_REQUEST', `more than ${file.ACCOUNTS_MAX} accounts`)
        }
        return {
          ...now,
          accounts: [...now.accounts, { name: checked, role, hash, changedMs: clock.wallMs(), pinHash: null }],
        }
      })
    },
    async changeAccount(name, { role, password, pin }, { ifTag = null, keptId = '' } = {}) {
      known(name, state)
      if (password !== undefined) checkPassword(password)
      if (typeof pin === 'string') checkPin(pin)
      const hash = password === undefined ? null : await passwords.hash(password)
      const pinHash = typeof pin === 'string' ? await passwords.hash(pin) : pin
      await takeAway((now) => {
        const old = known(name, now)
        if (ifTag !== null && ifTag !== tagOf(old)) {
          throw new RoostError('REVISION_STALE', `somebody else changed ${old.name} meanwhile`)
        }
        const next = { ...old, role: role ?? old.role, hash: hash ?? old.hash, changedMs: clock.wallMs() }
        if (pinHash !== undefined) next.pinHash = pinHash
        if (next.pinHash !== null && !isForPin(next)) {
          if (typeof pinHash === 'string') throw new RoostError('BAD_REQUEST', 'a PIN is for viewers and workers')
          next.pinHash = null
        }
        const accounts = replaced(now.accounts, next)
        mustKeepAdmin(now.accounts, accounts)
        const isSafer = role !== undefined || password !== undefined
        return { ...now, accounts, sessions: isSafer ? without(now.sessions, old.name, keptId) : now.sessions }
      })
    },
    changeFarm: ({ name, language }) =>
      change((now) => {
        if (!now.farm) throw new RoostError('BAD_REQUEST', 'nobody claimed this box yet')
        const farm = { ...now.farm }
        if (name !== undefined) farm.name = checkText(file.farmText, name, 'the farm’s name')
        if (language !== undefined) farm.language = checkText(file.language, language, 'the language')
        return { ...now, farm }
      }),
    removeAccount: (name) =>
      takeAway((now) => {
        const gone = known(name, now).name
        const accounts = now.accounts.filter((each) => each.name !== gone)
        mustKeepAdmin(now.accounts, accounts)
        return { ...now, accounts, sessions: without(now.sessions, gone) }
      }),
    sessions: () =>
      state.sessions.filter((each) => isAlive(each, clock.wallMs())).map(({ tokenHash: _, ...shown }) => shown),
    async endSession(id) {
      if (!state.sessions.some((each) => each.id === id)) return false
      await takeAway((now) => ({ ...now, sessions: now.sessions.filter((each) => each.id !== id) }))
      return true
    },
    tokens: () => state.tokens.map(({ tokenHash: _, ...shown }) => shown),
    async addToken({ label, scopes, madeBy }) {
      const token = makeToken()
      const id = randomUUID()
      const made = { id, tokenHash: hashOf(token), label: checkText(file.farmText, label, 'the label'), scopes, madeBy }
      await change((now) => {
        if (now.tokens.length >= file.TOKENS_MAX) {
          throw new RoostError('BAD_REQUEST', `more than ${file.TOKENS_MAX} tokens`)
        }
        return { ...now, tokens: [...now.tokens, { ...made, madeMs: clock.wallMs() }] }
      })
      return { id, token }
    },
    async endToken(id) {
      if (!state.tokens.some((each) => each.id === id)) return false
      await takeAway((now) => ({ ...now, tokens: now.tokens.filter((each) => each.id !== id) }))
      return true
    },
  }
}

/** Another one after each change; says nothing about the hashes. */
const tagOf = ({ name, role, hash, pinHash }: file.Account) =>
  hashOf([name, role, hash, pinHash ?? ''].join('\n')).slice(0, 16)
