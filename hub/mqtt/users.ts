// Users of the broker that have a name and a password: staff tools and services. Kept as argon2id hashes (RFC 9106) by the
// project's crash-safe settings file; who may what is a list of topic filters.
import { argon2, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import * as v from 'valibot'
import type { Principal } from './rights.ts'
import { isFilter } from './topic-filter.ts'

/** RFC 9106 §4, second recommendation, with less memory: a Raspberry Pi checks a password in about 100 ms. */
const ARGON2 = { parallelism: 1, tagLength: 32, memory: 19_456, passes: 2 } as const
const derive = promisify(argon2)
/** A password that was right is taken again for so long without the work: tools reconnect, and a storm must not cost a minute. */
const REMEMBERED_MAX = 256

const filter = v.pipe(v.string(), v.check(isFilter, 'is no topic filter'))
const filters = v.pipe(v.array(filter), v.maxLength(64))
export const userSchema = v.object({
  name: v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, 'is no user name')),
  salt: v.string(),
  hash: v.string(),
  publish: filters,
  subscribe: filters,
  refuse: filters,
})
export type User = v.InferOutput<typeof userSchema>

/** A user with a fresh salt. */
export async function createUser(
  name: string,
  password: string,
  rights: Pick<User, 'publish' | 'subscribe' | 'refuse'>,
): Promise<User> {
  const salt = randomBytes(16)
  const hash = await derive('argon2id', { ...ARGON2, message: Buffer.from(password), nonce: salt })
  return v.parse(userSchema, { name, salt: salt.toString('base64'), hash: hash.toString('base64'), ...rights })
}

/** Says who a name and a password belong to; null when they do not. Takes the same time for an unknown name. */
export function createUserCheck(find: (name: string) => User | undefined) {
  const remembered = new Map<string, Buffer>()
  const runKey = randomBytes(32)
  const nobody: User = {
    name: '',
    salt: randomBytes(16).toString('base64'),
    hash: '',
    publish: [],
    subscribe: [],
    refuse: [],
  }

  return async (name: string, password: Uint8Array): Promise<Principal | null> => {
    const user = find(name) ?? nobody
    const key = `${user.name}\0${user.hash}`
    const mark = createHmac('sha256', runKey).update(password).digest()
    const known = remembered.get(key)
    if (known && timingSafeEqual(known, mark)) return principalOf(user)
    const nonce = Buffer.from(user.salt, 'base64')
    const hash = await derive('argon2id', { ...ARGON2, message: Buffer.from(password), nonce })
    const wanted = Buffer.from(user.hash, 'base64')
    if (wanted.length !== hash.length || !timingSafeEqual(wanted, hash)) return null
    if (remembered.size >= REMEMBERED_MAX) remembered.clear()
    remembered.set(key, mark)
    return principalOf(user)
  }
}

const principalOf = ({ name, publish, subscribe, refuse }: User): Principal => ({
  kind: 'client',
  name,
  rights: { publish, subscribe, refuse },
})
