// Shapes of the rare payloads: what a decoded map must look like, and the closed list of reasons why it does not.
import { Decoder } from 'cbor-x'
import { versionFlaw } from './reader.ts'
import { SCAN_REASONS, scanCbor } from './scan.ts'

export type Decoded<T> = { ok: true; value: T } | { ok: false; reason: string }

/** Checks one decoded value; `at` is the field's name in reasons (`link.ssid`, without array indices). */
export interface Check {
  flaw(value: unknown, at: string): string | null
  /** Every reason that `flaw` can give. */
  reasons(at: string): string[]
}

const plain = (isOfType: (value: unknown) => boolean, isInRange?: (value: never) => boolean): Check => ({
  flaw(value, at) {
    if (!isOfType(value)) return `type:${at}`
    return !isInRange || isInRange(value as never) ? null : `range:${at}`
  },
  reasons: (at) => (isInRange ? [`type:${at}`, `range:${at}`] : [`type:${at}`]),
})

/** An integer in min … max. A float without a fraction is taken as the integer that it is. */
export const integer = (min: number, max: number): Check =>
  plain(Number.isInteger, (value: number) => value >= min && value <= max)
export const uint = (max: number): Check => integer(0, max)
/** A finite number. */
export const finite: Check = plain(
  (value) => typeof value === 'number',
  (value: number) => Number.isFinite(value),
)
export const flag: Check = plain((value) => typeof value === 'boolean')
export const anything: Check = plain(() => true)
/** Text of `min` to `max` bytes of UTF-8. */
export const text = (max: number, min = 1): Check =>
  plain(
    (value) => typeof value === 'string',
    (value: string) => {
      const sizeBytes = Buffer.byteLength(value)
      return sizeBytes >= min && sizeBytes <= max
    },
  )
export const bytes = (min: number, max: number): Check =>
  plain(
    (value) => value instanceof Uint8Array,
    (value: Uint8Array) => value.length >= min && value.length <= max,
  )
export const textLike = (isRight: (value: string) => boolean): Check =>
  plain(
    (value) => typeof value === 'string',
    (value: string) => isRight(value),
  )
export const oneOf = (names: readonly string[]): Check => textLike((value) => names.includes(value))

export const either = (a: Check, b: Check): Check => ({
  flaw(value, at) {
    const first = a.flaw(value, at)
    return first?.startsWith('type:') ? b.flaw(value, at) : first
  },
  reasons: (at) => [...new Set([...a.reasons(at), ...b.reasons(at)])],
})

export const listOf = (item: Check, max: number): Check => ({
  flaw(value, at) {
    if (!Array.isArray(value)) return `type:${at}`
    if (value.length > max) return `range:${at}`
    return firstFlaw(value, (each) => item.flaw(each, at))
  },
  reasons: (at) => [...new Set([`type:${at}`, `range:${at}`, ...item.reasons(at)])],
})

/** A map from names that staff choose to values of one shape. */
export const recordOf = (isKey: (key: string) => boolean, item: Check, max: number): Check => ({
  flaw(value, at) {
    if (!isMap(value)) return `type:${at}`
    const entries = Object.entries(value)
    if (entries.length > max || !entries.every(([key]) => isKey(key))) return `range:${at}`
    return firstFlaw(entries, ([, each]) => item.flaw(each, at))
  },
  reasons: (at) => [...new Set([`type:${at}`, `range:${at}`, ...item.reasons(at)])],
})

type Fields = Readonly<Record<string, Check>>

/** A map with fields that must and fields that may be there; others are ignored. */
export const fields = (required: Fields, optional: Fields = {}): Check => {
  const under = (at: string, name: string) => (at === '' ? name : `${at}.${name}`)
  return {
    flaw(value, at) {
      if (!isMap(value)) return `type:${at}`
      for (const [name, check] of Object.entries(required)) {
        const flaw = Object.hasOwn(value, name)
          ? check.flaw(value[name], under(at, name))
          : `missing:${under(at, name)}`
        if (flaw) return flaw
      }
      for (const [name, check] of Object.entries(optional)) {
        const flaw = Object.hasOwn(value, name) ? check.flaw(value[name], under(at, name)) : null
        if (flaw) return flaw
      }
      return null
    },
    reasons: (at) => [
      ...(at === '' ? [] : [`type:${at}`]),
      ...Object.entries(required).flatMap(([name, check]) => [
        `missing:${under(at, name)}`,
        ...check.reasons(under(at, name)),
      ]),
      ...Object.entries(optional).flatMap(([name, check]) => check.reasons(under(at, name))),
    ],
  }
}

/** The reasons that every payload shares. */
export const PAYLOAD_REASONS: readonly string[] = [...SCAN_REASONS, 'missing:v', 'type:v', 'version']

export interface Shape<T> {
  readonly decode: (bytes: Uint8Array) => Decoded<T>
  /** The closed list of reasons of `decode`. */
  readonly reasons: readonly string[]
}

/** Version 1 of a payload as a decoder. Keys that the shape does not name stay in the value: they are the extension points. */
export function shape<T extends object>(required: Fields, optional: Fields = {}): Shape<T> {
  const check = fields(required, optional)
  return {
    reasons: [...PAYLOAD_REASONS, ...check.reasons('')],
    decode(payload) {
      const reason = scanCbor(payload) ?? versionFlaw(payload)
      if (reason) return { ok: false, reason }
      const decoded = DECODER.decode(payload) as Record<string, unknown>
      const flaw = check.flaw(decoded, '')
      if (flaw) return { ok: false, reason: flaw }
      const { v: _, ...value } = decoded
      return { ok: true, value: value as T }
    },
  }
}

// Only bytes that `scanCbor` has passed come here: no tag reaches cbor-x's extensions, no length is longer than what is there.
// (The package's types do not know `int64AsNumber`.)
const DECODER = new Decoder({
  useRecords: false,
  mapsAsObjects: true,
  int64AsNumber: true,
  copyBuffers: true,
} as object)

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)

function firstFlaw<T>(items: readonly T[], flawOf: (item: T) => string | null): string | null {
  for (const item of items) {
    const flaw = flawOf(item)
    if (flaw) return flaw
  }
  return null
}
