// Passwords as argon2id hashes (RFC 9106) in the PHC string format. The work is done beside the event loop, one at a time and with a
// bounded queue: whoever guesses passwords must not take the threads that write to the card.
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { RoostError } from './errors.ts'

/**
 * The OWASP setting with the least memory: each thread that ever made a hash keeps it in its heap, 28 MB in all instead of 76. A
 * Raspberry Pi checks a password in about 100 ms.
 */
const PRESET = { memory: 7_168, passes: 5, parallelism: 1 } as const
const TAG_BYTES = 32
const SALT_BYTES = 16
/** Hashes that wait for their turn; at 100 ms each the last one is still served before a client gives up (10 s). */
export const PASSWORDS_WAITING_MAX = 32
/** Longer ones are refused: hashing them is work for whoever sends them only. */
export const PASSWORD_MAX_BYTES = 512

const derive = promisify(argon2)
const PHC = /^\$argon2id\$v=19\$m=(\d{1,6}),t=(\d{1,2}),p=(\d)\$([A-Za-z0-9+/]{8,64})\$([A-Za-z0-9+/]{16,128})$/

export interface Passwords {
  /** The hash of a password with a fresh salt, as a PHC string. BUSY when too many wait. */
  hash(password: Uint8Array | string): Promise<string>
  /** True when the hash is of this password; false after the same work when there is no hash. BUSY when too many wait. */
  check(hash: string | null, password: Uint8Array | string): Promise<boolean>
  /** How many are being worked on or wait. */
  waiting(): number
}

/** True for a hash that `check` can read. */
export const isPasswordHash = (text: string): boolean => PHC.test(text)

/** A queue of its own; the hub has one, for all who log in. */
export function createPasswords(waitingMax = PASSWORDS_WAITING_MAX): Passwords {
  let waiting = 0
  let last: Promise<unknown> = Promise.resolve()

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (waiting >= waitingMax)
      return Promise.reject(new RoostError('BUSY', `${waiting} passwords wait to be checked already`))
    waiting++
    const done = last.then(work).finally(() => {
      waiting--
    })
    last = done.catch(() => {})
    return done
  }

  return {
    hash: (password) =>
      inTurn(async () => {
        const salt = randomBytes(SALT_BYTES)
        const tag = await derive('argon2id', parameters(PRESET, salt, password, TAG_BYTES))
        const { memory, passes, parallelism } = PRESET
        return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(tag)}`
      }),
    check(hash, password) {
      if (password.length > PASSWORD_MAX_BYTES) return Promise.resolve(false)
      return inTurn(async () => {
        const read = hash === null ? null : PHC.exec(hash)
        if (!read) {
          await derive('argon2id', parameters(PRESET, randomBytes(SALT_BYTES), password, TAG_BYTES))
          return false
        }
        const cost = { memory: Number(read[1]), passes: Number(read[2]), parallelism: Number(read[3]) }
        const wanted = Buffer.from(read[5]!, 'base64')
        const tag = await derive('argon2id', parameters(cost, Buffer.from(read[4]!, 'base64'), password, wanted.length))
        return timingSafeEqual(wanted, tag)
      })
    },
    waiting: () => waiting,
  }
}

const parameters = (
  cost: { memory: number; passes: number; parallelism: number },
  nonce: Uint8Array,
  password: Uint8Array | string,
  tagLength: number,
) => ({ ...cost, nonce, message: typeof password === 'string' ? Buffer.from(password) : password, tagLength })

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '')
