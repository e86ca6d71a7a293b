// The `heartbeat` payload: every node every 10 s, so decoded in one pass by hand.
import { type CborValue, encodeCbor } from './cbor.ts'
import { TIME_MAX_MS, UINT32_MAX, VERSION_MAX_BYTES } from './limits.ts'
import { CborReader, KIND, versionFlaw } from './reader.ts'
import { scanCbor } from './scan.ts'
import { type Decoded, PAYLOAD_REASONS } from './shape.ts'

/** What a node says it is doing; a heartbeat carries the index. */
export const NODE_STATES = ['boot', 'run', 'degraded', 'updating', 'rescue', 'fault'] as const
export type NodeState = (typeof NODE_STATES)[number]

export interface Heartbeat {
  boot: number
  seq: number
  /** 0 never set, 1 set by a peer, 2 set by the hub. */
  clk: number
  /** Milliseconds since the epoch, with `clk` 0 since the node's boot. */
  t: number
  /** Milliseconds since the node's boot when it sent. */
  up?: number
  /** Seconds since boot. */
  uptime: number
  fw_version: string
  /** Bytes. */
  free_heap: number
  /** Bytes: the least that was ever free. */
  min_heap: number
  /** dBm; 0 when the node has no radio. */
  rssi: number
  /** 32 bits, one per condition (FORMAT.md). */
  error_bitmap: number
  /** Index into NODE_STATES. */
  state: number
  /** Messages that wait in store-and-forward. */
  backlog: number
  /** Messages dropped since boot. */
  loss?: number
}

/** The numbers with their bounds; `fw_version` and `v` are read on their own. */
const RANGES = {
  boot: [0, UINT32_MAX],
  seq: [0, UINT32_MAX],
  clk: [0, 2],
  t: [0, TIME_MAX_MS],
  uptime: [0, UINT32_MAX],
  free_heap: [0, UINT32_MAX],
  min_heap: [0, UINT32_MAX],
  rssi: [-200, 100],
  error_bitmap: [0, UINT32_MAX],
  state: [0, NODE_STATES.length - 1],
  backlog: [0, UINT32_MAX],
  up: [0, TIME_MAX_MS],
  loss: [0, UINT32_MAX],
} as const satisfies Record<string, readonly [min: number, max: number]>
type NumberField = keyof typeof RANGES

const OPTIONAL: readonly string[] = ['up', 'loss']
const NUMBER_FIELDS = Object.keys(RANGES) as NumberField[]
const FIELDS = ['v', 'fw_version', ...NUMBER_FIELDS]
const BIT_OF = new Map(FIELDS.map((name, index) => [name, 1 << index]))
const REQUIRED = FIELDS.filter((name) => !OPTIONAL.includes(name))

/** The closed list of reasons of `decodeHeartbeat`. */
export const HEARTBEAT_REASONS: readonly string[] = [
  ...PAYLOAD_REASONS,
  ...REQUIRED.slice(1).map((name) => `missing:${name}`),
  ...FIELDS.slice(1).flatMap((name) => [`type:${name}`, `range:${name}`]),
]

const READER = new CborReader()

/** A heartbeat, or why it breaks the contract (HEARTBEAT_REASONS). Never throws. */
export function decodeHeartbeat(bytes: Uint8Array): Decoded<Heartbeat> {
  const value: Heartbeat = {
    boot: 0,
    seq: 0,
    clk: 0,
    t: 0,
    uptime: 0,
    fw_version: '',
    free_heap: 0,
    min_heap: 0,
    rssi: 0,
    error_bitmap: 0,
    state: 0,
    backlog: 0,
  }
  const reason = read(READER, bytes, value)
  return reason === null ? { ok: true, value } : { ok: false, reason: scanCbor(bytes) ?? versionFlaw(bytes) ?? reason }
}

function read(from: CborReader, bytes: Uint8Array, into: Heartbeat): string | null {
  if (!from.start(bytes)) return 'too-long'
  if (from.next() !== KIND.map) return 'not-map'
  let seen = 0
  let isScanned = false
  for (let left = from.value; left > 0; left--) {
    if (from.next() !== KIND.text) return 'key-type'
    const key = from.text(from.value)
    if (key === null) return 'utf8'
    const bit = BIT_OF.get(key)
    if (bit === undefined) {
      // As in data.ts: only the scan of the whole says whether unknown keys are well-formed and differ.
      const flaw = isScanned ? null : scanCbor(bytes)
      if (flaw) return flaw
      isScanned = true
      from.skip()
      continue
    }
    if ((seen & bit) !== 0) return 'duplicate-key'
    seen |= bit
    const flaw = readField(from, key, into)
    if (flaw !== null) return flaw
  }
  if (!from.isAtEnd()) return 'trailing-bytes'
  const missing = REQUIRED.find((name) => (seen & BIT_OF.get(name)!) === 0)
  return missing === undefined ? null : `missing:${missing}`
}

function readField(from: CborReader, key: string, into: Heartbeat): string | null {
  const kind = from.next()
  if (key === 'fw_version') {
    if (kind !== KIND.text) return 'type:fw_version'
    if (from.value < 1 || from.value > VERSION_MAX_BYTES) return 'range:fw_version'
    const version = from.text(from.value)
    if (version === null) return 'utf8'
    into.fw_version = version
    return null
  }
  if (kind !== KIND.number || !Number.isInteger(from.value)) return `type:${key}`
  if (key === 'v') return from.value === 1 ? null : 'version'
  const name = key as NumberField
  const [min, max] = RANGES[name]
  if (from.value < min || from.value > max) return `range:${key}`
  into[name] = from.value
  return null
}

export const encodeHeartbeat = (value: Heartbeat): Uint8Array =>
  encodeCbor({ v: 1, ...value } as Record<string, CborValue>)
