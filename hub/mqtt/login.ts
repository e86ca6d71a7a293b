// Who a name and a password belong to: limits first, then what was right a moment ago, then the hash.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { isRoostError } from '../core/errors.ts'
import { PASSWORDS_WAITING_MAX, type Passwords } from '../core/passwords.ts'
import { createLoginLimits } from './login-limits.ts'
import type { Principal } from './rights.ts'
import type { User } from './users.ts'

/** Passwords that were right are taken again without the work: tools reconnect, and a storm of them must not cost a minute. */
const REMEMBERED_MAX = 256
/** Places in the queue that are kept for users from addresses of their own. */
const KEPT_FOR_KNOWN = PASSWORDS_WAITING_MAX / 2
/** One address has so many checks under way at once. */
const CHECKS_PER_ADDRESS_MAX = 2

/** `wrong`: nobody's name and password. `limited`: too many wrong ones lately. `busy`: too many wait to be checked. */
export type LoginRefusal = 'wrong' | 'limited' | 'busy'
export type Login = (
  name: string,
  password: Uint8Array,
  address: string,
) => Promise<{ principal: Principal } | { refused: LoginRefusal }>

/** Takes as long for an unknown name as for a known one. Never rejects for what a client sent. */
export function createLogin(parts: { get(name: string): User | undefined; passwords: Passwords; clock: Clock }): Login {
  const { get, passwords, clock } = parts
  const limits = createLoginLimits()
  const runKey = randomBytes(32)
  const remembered = new Map<string, Buffer>()
  const checking = new Map<string, number>()

  return async (name, password, address) => {
    const before = get(name)
    const counted = before?.name ?? '' // names that do not exist share one count
    const mark = createHmac('sha256', runKey).update(password).digest()
    const known = before && remembered.get(before.hash)
    if (before && known && timingSafeEqual(known, mark)) return { principal: principalOf(before) }

    const standing = limits.ask(address, counted, clock.monotonicMs())
    if (standing === 'refused') return { refused: 'limited' }
    const isCrowded = standing === 'stranger' && passwords.waiting() >= PASSWORDS_WAITING_MAX - KEPT_FOR_KNOWN
    const ownChecks = checking.get(address) ?? 0
    if (isCrowded || ownChecks >= CHECKS_PER_ADDRESS_MAX) return { refused: 'busy' }
    checking.set(address, ownChecks + 1)
    let isRight: boolean
    try {
      isRight = await passwords.check(before?.hash ?? null, password)
    } catch (error) {
      if (isRoostError(error, 'BUSY')) return { refused: 'busy' }
      throw error
    } finally {
      const left = checking.get(address)! - 1
      if (left > 0) checking.set(address, left)
      else checking.delete(address)
    }
    // He may have been removed or changed while the hash was made.
    const user = get(name)
    if (!isRight || !user || user.hash !== before?.hash) {
      limits.failed(address, counted, clock.monotonicMs())
      return { refused: 'wrong' }
    }
    limits.succeeded(address, name)
    if (remembered.size >= REMEMBERED_MAX) remembered.clear()
    remembered.set(user.hash, mark)
    return { principal: principalOf(user) }
  }
}

const principalOf = ({ name, rights }: User): Principal => ({ kind: 'client', name, rights })
