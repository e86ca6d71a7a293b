// Users of the broker that have a name and a password: staff tools and services (R-BRK-03). Names, argon2id hashes and rights lie in
// the crash-safe settings file `users.*.json`; who may what is a list of topic filters. People log in to the web UI with accounts of
// their own, which open nothing here.
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { isPasswordHash, PASSWORD_MAX_BYTES, type Passwords } from '../core/passwords.ts'
import { createJsonFile } from '../registry/json-file.ts'
import type { Rights } from './rights.ts'
import { isFilter } from './topic-filter.ts'

const FORMAT = 1
export const USERS_MAX = 256
const FILTERS_MAX = 64
const FILTER_MAX_LENGTH = 512
/** A password that a person thinks up; `roost user add` makes better ones. */
const PASSWORD_MIN_BYTES = 8

const filters = v.pipe(
  v.array(v.pipe(v.string(), v.maxLength(FILTER_MAX_LENGTH), v.check(isFilter, 'is no topic filter'))),
  v.maxLength(FILTERS_MAX),
)
export const rightsSchema = v.object({ publish: filters, subscribe: filters, refuse: filters })
const nameSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/))
const userSchema = v.object({
  name: nameSchema,
  hash: v.pipe(v.string(), v.check(isPasswordHash, 'is no password hash')),
  rights: rightsSchema,
  changedMs: v.number(),
})
const documentSchema = v.object({ users: v.pipe(v.array(userSchema), v.maxLength(USERS_MAX)) })

export interface User {
  readonly name: string
  readonly hash: string
  readonly rights: Rights
  /** When the password or the rights were changed last, wall time. */
  readonly changedMs: number
}

/** What may be shown of a user. */
export type UserSummary = Omit<User, 'hash'>

export interface Users {
  list(): UserSummary[]
  get(name: string): User | undefined
  /** Adds a user; durable when it resolves. USER_EXISTS, BAD_REQUEST (name, password, a filter), BUSY, DISK. */
  add(name: string, password: string, rights: Rights): Promise<void>
  /** Changes password, rights or both; durable when it resolves. USER_UNKNOWN, BAD_REQUEST, BUSY, DISK. */
  change(name: string, change: { password?: string; rights?: Rights }): Promise<void>
  /** Takes a user away; durable when it resolves. USER_UNKNOWN, DISK. */
  remove(name: string): Promise<void>
}

export interface UsersParts {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  passwords: Passwords
  /** Called when a user's password or rights changed or the user is gone: what is open in his name must end, at once. */
  onChanged?: (name: string, isGone: boolean) => Promise<void>
}

/** Opens or creates the users in `dir`. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openUsers({ dir, disk, clock, log, passwords, onChanged }: UsersParts): Promise<Users> {
  const file = createJsonFile<{ users: User[] }>({
    dir,
    name: 'users',
    format: FORMAT,
    disk,
    log,
    parse: (value) => v.parse(documentSchema, value),
  })
  const users = new Map((await file.read())?.users.map((user) => [user.name, user]) ?? [])

  /** Puts one user's new state on the card, then into force; a card that refuses leaves everything as it was. */
  async function save(name: string, next: User | null): Promise<void> {
    const before = users.get(name)
    if (next) users.set(name, next)
    else users.delete(name)
    // Whoever loses a right loses it now, not when the card is done.
    const ended = before && onChanged?.(name, next === null)
    try {
      await Promise.all([file.write({ users: [...users.values()] }), ended])
    } catch (error) {
      if (before) users.set(name, before)
      else users.delete(name)
      throw error
    }
  }

  function known(name: string): User {
    const user = users.get(name)
    if (!user) throw new RoostError('USER_UNKNOWN', `the broker has no user "${name.slice(0, 64)}"`)
    return user
  }

  return {
    list: () => [...users.values()].map(({ name, rights, changedMs }) => ({ name, rights, changedMs })),
    get: (name) => users.get(name),
    async add(name, password, rights) {
      if (!v.is(nameSchema, name)) {
        throw new RoostError('BAD_REQUEST', 'a user name is 1 to 32 of A-Z, a-z, 0-9, ".", "_" and "-"')
      }
      const checked = checkRights(rights)
      checkPassword(password)
      const mayAdd = () => {
        if (users.has(name)) throw new RoostError('USER_EXISTS', `the broker has a user "${name}" already`)
        if (users.size >= USERS_MAX) throw new RoostError('BAD_REQUEST', `more than ${USERS_MAX} users`)
      }
      mayAdd()
      const hash = await passwords.hash(password)
      mayAdd() // somebody else may have been faster
      await save(name, { name, hash, rights: checked, changedMs: clock.wallMs() })
    },
    async change(name, { password, rights }) {
      known(name)
      const checked = rights && checkRights(rights)
      if (password !== undefined) checkPassword(password)
      const hash = password === undefined ? null : await passwords.hash(password)
      const user = known(name)
      await save(name, {
        name,
        hash: hash ?? user.hash,
        rights: checked ?? user.rights,
        changedMs: clock.wallMs(),
      })
    },
    async remove(name) {
      known(name)
      await save(name, null)
    },
  }
}

function checkRights(rights: unknown): Rights {
  const parsed = v.safeParse(rightsSchema, rights)
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  const input = JSON.stringify(issue.input)?.slice(0, 64)
  throw new RoostError('BAD_REQUEST', `the rights cannot be used: ${input} ${issue.message}`)
}

function checkPassword(password: string) {
  const sizeBytes = Buffer.byteLength(password)
  if (sizeBytes < PASSWORD_MIN_BYTES || sizeBytes > PASSWORD_MAX_BYTES) {
    throw new RoostError('BAD_REQUEST', `a password has ${PASSWORD_MIN_BYTES} to ${PASSWORD_MAX_BYTES} bytes`)
  }
}
