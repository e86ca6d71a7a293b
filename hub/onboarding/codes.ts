// One-time codes with which staff let a new node in. They live in memory only: after a restart every one of them is void.
//
// Guessing: a code is 8 of 32 characters, 2^40 possibilities. At most 32 are open for at most 60 minutes, and the limits let about
// 1,830 wrong tries through in that hour (limits.ts): 32 × 1,830 / 2^40 = 5·10⁻⁸ for an attacker who never stops.
import { createHash } from 'node:crypto'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import { type Place, placeText } from '../core/ids.ts'

export const CODES_OPEN_MAX = 32
const MINUTES_PRESET = 15
const MINUTES_MAX = 60
const LENGTH = 8
/** Crockford's base 32: no I, L, O, U, which are misread. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

export interface Enrolment {
  readonly id: string
  /** The place that the node gets; null: staff give it one later. */
  readonly place: Place | null
  /** Only this node may use it; null: any. */
  readonly uid: string | null
  /** The node that gives up its place to the one that comes, and is shut out; null: nobody does. */
  readonly replaces: string | null
  /** Monotonic time; a clock that jumps ends no code early and keeps none alive. */
  readonly untilMs: number
}

export interface Codes {
  /**
   * A new code, shown now and never again, for 1 to 60 minutes (15 without). BUSY when too many are open, PLACE_TAKEN when one is
   * open for this place, BAD_REQUEST.
   */
  open(wish: { place: Place | null; uid: string | null; minutes?: number | undefined; replaces?: string | null }): {
    code: string
    minutes: number
    enrolment: Enrolment
  }
  list(): Enrolment[]
  /** Closes one that staff do not want any more; false when it is not open. */
  close(id: string): boolean
  /**
   * Takes the code for `uid` while `work` runs: nobody else can use it meanwhile. It is spent when `work` resolves, and open again when
   * it rejects. CODE_WRONG, with the same words whatever is wrong with it.
   */
  spend<T>(code: string, uid: string, work: (enrolment: Enrolment) => Promise<T>): Promise<T>
}

/** The code as it was made, whatever a person made of it: case, spaces, hyphens, O for 0, I and L for 1. */
export const plainCode = (text: string): string =>
  text.toUpperCase().replace(/[\s-]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')

/** Looking up by the hash: how long it takes says nothing about the code. */
const hashOf = (code: string) => createHash('sha256').update(plainCode(code)).digest('hex')

export function createCodes({ clock, randomBytes }: { clock: Clock; randomBytes(count: number): Uint8Array }): Codes {
  const open = new Map<string, Enrolment>()
  const busy = new Set<string>()

  function expire() {
    const nowMs = clock.monotonicMs()
    for (const [hash, { untilMs }] of open) if (untilMs <= nowMs && !busy.has(hash)) open.delete(hash)
  }

  return {
    open({ place, uid, minutes = MINUTES_PRESET, replaces = null }) {
      if (!(Number.isInteger(minutes) && minutes >= 1 && minutes <= MINUTES_MAX)) {
        throw new RoostError('BAD_REQUEST', `a code is good for 1 to ${MINUTES_MAX} minutes, not ${minutes}`)
      }
      expire()
      if (open.size >= CODES_OPEN_MAX) throw new RoostError('BUSY', `${open.size} enrolments are open already`)
      const wanted = place && placeText(place)
      if (wanted && [...open.values()].some((other) => other.place && placeText(other.place) === wanted)) {
        throw new RoostError('PLACE_TAKEN', `an enrolment for ${wanted} is open already`)
      }
      const letters = Array.from(randomBytes(LENGTH), (byte) => ALPHABET[byte & 31]!).join('')
      const id = Buffer.from(randomBytes(8)).toString('hex')
      const enrolment: Enrolment = { id, place, uid, replaces, untilMs: clock.monotonicMs() + minutes * 60_000 }
      open.set(hashOf(letters), enrolment)
      return { code: `${letters.slice(0, 4)}-${letters.slice(4)}`, minutes, enrolment }
    },
    list() {
      expire()
      return [...open.values()]
    },
    close(id) {
      for (const [hash, enrolment] of open) if (enrolment.id === id) return open.delete(hash)
      return false
    },
    async spend(code, uid, work) {
      expire()
      const hash = hashOf(code)
      const enrolment = open.get(hash)
      if (!enrolment || busy.has(hash) || (enrolment.uid !== null && enrolment.uid !== uid)) {
        throw new RoostError('CODE_WRONG', 'the code is wrong, was used already, or its time is over')
      }
      busy.add(hash)
      try {
        const result = await work(enrolment)
        open.delete(hash)
        return result
      } finally {
        busy.delete(hash)
      }
    },
  }
}
