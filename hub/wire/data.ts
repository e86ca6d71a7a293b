// The `data` payload: samples of one sensor. The hottest decoder of the hub: one pass into one reused message.
import { createSampleBlock, type SampleBlock } from '../core/sample.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import { SAMPLES_MAX, TIME_MAX_MS, UINT32_MAX, UNIT_MAX_BYTES } from './limits.ts'
import { CborReader, KIND, versionFlaw } from './reader.ts'
import { scanCbor } from './scan.ts'
import { PAYLOAD_REASONS } from './shape.ts'

/** A decoded message; filled again and again, so what is kept must be copied. */
export interface DataMessage {
  boot: number
  seq: number
  /** 0 never set, 1 set by a peer, 2 set by the hub. */
  clk: number
  /** Milliseconds since the epoch, with `clk` 0 since the node's boot. */
  t: number
  /** Milliseconds since the node's boot when it sent; −1 when not told. */
  up: number
  unit: string
  /** The read command that this answers; −1 for none. */
  rid: number
  /** `tMs` holds the offsets after `t`. */
  block: SampleBlock
}

export const createDataMessage = (): DataMessage => ({
  boot: 0,
  seq: 0,
  clk: 0,
  t: 0,
  up: -1,
  unit: '',
  rid: -1,
  block: createSampleBlock(SAMPLES_MAX),
})

/** Flags that a node may set; the bits above are the hub's own. */
export const WIRE_FLAGS_MAX = 0xff
const CLK_MAX = 2
const STATE_MAX = 4

const REQUIRED = ['v', 'boot', 'seq', 'clk', 't', 'unit', 's'] as const
type Key = (typeof REQUIRED)[number] | 'up' | 'rid'
const BIT: Record<Key, number> = { v: 1, boot: 2, seq: 4, clk: 8, t: 16, unit: 32, s: 64, up: 128, rid: 256 }
const ALL_REQUIRED = 127
const SCANNED = 512

/** The keys as `shortText` gives them: all have at most four bytes. */
const pack = (key: string) => Buffer.from(key).reduce((packed, byte) => (packed << 8) | byte, 0)
const [V, BOOT, SEQ, CLK, T, UNIT, S, UP, RID] = ['v', 'boot', 'seq', 'clk', 't', 'unit', 's', 'up', 'rid'].map(
  pack,
) as [number, number, number, number, number, number, number, number, number]

/** The closed list of reasons of `decodeData`. */
export const DATA_REASONS: readonly string[] = [
  ...PAYLOAD_REASONS,
  ...['boot', 'seq', 'clk', 't', 'unit', 's'].map((key) => `missing:${key}`),
  ...['boot', 'seq', 'clk', 't', 'up', 'unit', 'rid', 's', 'sample', 'dt', 'value', 'state', 'flags'].flatMap((key) => [
    `type:${key}`,
    `range:${key}`,
  ]),
  'order:dt',
]

const READER = new CborReader()

/** Fills `into` from a payload. Null when it keeps the contract, else the reason; then `into` holds nothing of use. Never throws. */
export function decodeData(bytes: Uint8Array, into: DataMessage): string | null {
  const reason = read(READER, bytes, into)
  // What is wrong first of all, in the same order as for the rare payloads: the bytes, the version, the fields.
  return reason === null ? null : (scanCbor(bytes) ?? versionFlaw(bytes) ?? reason)
}

function read(from: CborReader, bytes: Uint8Array, into: DataMessage): string | null {
  if (!from.start(bytes)) return 'too-long'
  if (from.next() !== KIND.map) return 'not-map'
  into.up = -1
  into.rid = -1
  let seen = 0
  for (let left = from.value; left > 0; left--) {
    if (from.next() !== KIND.text) return 'key-type'
    const flaw = readField(from, from.shortText(from.value), into)
    if (typeof flaw === 'string') return flaw
    if (flaw === 0) {
      // An unknown key may repeat, its value may nest too deeply: whether they do, only the scan of the whole says.
      const isScanned = (seen & SCANNED) !== 0
      const scanFlaw = isScanned ? null : scanCbor(bytes)
      if (scanFlaw) return scanFlaw
      seen |= SCANNED
      from.skip()
      continue
    }
    if ((seen & flaw) !== 0) return 'duplicate-key'
    seen |= flaw
  }
  if (!from.isAtEnd()) return 'trailing-bytes'
  if ((seen & ALL_REQUIRED) === ALL_REQUIRED) return null
  return `missing:${REQUIRED.find((key) => (seen & BIT[key]) === 0)}`
}

/** Reads the value of a key; its bit, 0 when the key is unknown (the value is still to be read), or what is wrong with it. */
function readField(from: CborReader, key: number, into: DataMessage): number | string {
  switch (key) {
    case V:
      return readUint(from, 1, 'v') ?? (from.value === 1 ? BIT.v : 'version')
    case BOOT:
      return readInto(from, UINT32_MAX, 'boot', into)
    case SEQ:
      return readInto(from, UINT32_MAX, 'seq', into)
    case CLK:
      return readInto(from, CLK_MAX, 'clk', into)
    case T:
      return readInto(from, TIME_MAX_MS, 't', into)
    case UP:
      return readInto(from, TIME_MAX_MS, 'up', into)
    case RID:
      return readInto(from, UINT32_MAX, 'rid', into)
    case UNIT:
      return readUnit(from, into)
    case S:
      return readSamples(from, into.block) ?? BIT.s
    default:
      return 0
  }
}

function readUint(from: CborReader, max: number, name: string): string | null {
  if (from.next() !== KIND.number || !Number.isInteger(from.value)) return `type:${name}`
  return from.value >= 0 && from.value <= max ? null : `range:${name}`
}

function readInto(
  from: CborReader,
  max: number,
  name: 'boot' | 'seq' | 'clk' | 't' | 'up' | 'rid',
  into: DataMessage,
): number | string {
  const flaw = readUint(from, max, name)
  if (flaw !== null) return flaw
  into[name] = from.value
  return BIT[name]
}

function readUnit(from: CborReader, into: DataMessage): number | string {
  if (from.next() !== KIND.text) return 'type:unit'
  if (from.value < 1 || from.value > UNIT_MAX_BYTES) return 'range:unit'
  const unit = from.text(from.value)
  if (unit === null) return 'utf8'
  into.unit = unit
  return BIT.unit
}

function readSamples(from: CborReader, block: SampleBlock): string | null {
  if (from.next() !== KIND.array) return 'type:s'
  const count = from.value
  if (count < 1 || count > SAMPLES_MAX) return 'range:s'
  block.count = count
  let lastDt = 0
  for (let i = 0; i < count; i++) {
    if (from.next() !== KIND.array) return 'type:sample'
    if (from.value !== 4) return 'range:sample'

    const dtFlaw = readUint(from, UINT32_MAX, 'dt')
    if (dtFlaw !== null) return dtFlaw
    if (from.value < lastDt) return 'order:dt'
    lastDt = from.value
    block.tMs[i] = lastDt

    const kind = from.next()
    if (kind === KIND.number) {
      if (!Number.isFinite(from.value)) return 'range:value'
      block.value[i] = from.value
      block.absent[i] = 0
    } else if (kind === KIND.null) {
      block.value[i] = NaN
      block.absent[i] = 1
    } else return 'type:value'

    const stateFlaw = readUint(from, STATE_MAX, 'state')
    if (stateFlaw !== null) return stateFlaw
    block.state[i] = from.value
    const flagsFlaw = readUint(from, WIRE_FLAGS_MAX, 'flags')
    if (flagsFlaw !== null) return flagsFlaw
    block.flags[i] = from.value
  }
  return null
}

/** A message as a node makes it. */
export interface DataFields {
  boot: number
  seq: number
  clk: number
  t: number
  up?: number
  unit: string
  /** Rows of [dt ms, value or null, state, flags], dt never descending. */
  s: readonly (readonly [dt: number, value: number | null, state: number, flags: number])[]
  rid?: number
}

export const encodeData = (fields: DataFields): Uint8Array =>
  encodeCbor({ v: 1, ...fields } as unknown as Record<string, CborValue>)
