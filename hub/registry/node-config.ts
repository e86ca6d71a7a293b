// What staff want a node to do, in numbered revisions, and what the node said to them. Pure.
import * as v from 'valibot'
import { isSensorId, type Place } from '../core/ids.ts'
import { type Config, decodeConfig, encodeConfig, PEERS_MAX, PERIOD_MAX_MS, PERIOD_MIN_MS } from '../wire/config.ts'
import { PAYLOAD_MAX_BYTES, SAMPLES_MAX } from '../wire/limits.ts'

/** Revisions stay below, command ids at and above this number: both come back as a reply's `rid` (wire/FORMAT.md). */
export const REVISION_END = 0x8000_0000
/** A node that beats for this long without answering a revision does not follow it. */
export const ANSWER_WITHIN_MS = 60_000

const finite = v.pipe(v.number(), v.finite())
const period = v.pipe(v.number(), v.integer(), v.minValue(PERIOD_MIN_MS), v.maxValue(PERIOD_MAX_MS))
const sensorSchema = v.pipe(
  v.strictObject({
    offset: v.exactOptional(finite),
    gain: v.exactOptional(
      v.pipe(
        finite,
        v.check((gain) => gain !== 0, 'a gain of 0 makes every value the same'),
      ),
    ),
    lo: v.exactOptional(finite),
    hi: v.exactOptional(finite),
    max_rate: v.exactOptional(
      v.pipe(
        finite,
        v.check((rate) => rate > 0, 'must be above 0'),
      ),
    ),
    enabled: v.exactOptional(v.boolean()),
  }),
  v.forward(
    v.check(({ lo, hi }) => lo === undefined || hi === undefined || lo < hi, 'must be above "lo"'),
    ['hi'],
  ),
)

/** The settings of a node by the names of `cmd/config`; a base MAC is twelve hex digits. */
export const settingsSchema = v.pipe(
  v.strictObject({
    sample_ms: period,
    publish_ms: period,
    sensors: v.optional(v.record(v.pipe(v.string(), v.check(isSensorId, 'is no sensor id')), sensorSchema), {}),
    peers: v.exactOptional(
      v.pipe(
        v.array(v.pipe(v.string(), v.regex(/^[0-9a-f]{12}$/, 'is no base MAC (twelve hex digits)'))),
        v.maxLength(PEERS_MAX),
      ),
    ),
    ntp: v.exactOptional(v.pipe(v.string(), v.minLength(1), v.maxLength(253))),
  }),
  v.forward(
    v.check(({ sample_ms, publish_ms }) => publish_ms >= sample_ms, 'must not be shorter than "sample_ms"'),
    ['publish_ms'],
  ),
  v.forward(
    v.check(
      ({ sample_ms, publish_ms }) => publish_ms <= sample_ms * SAMPLES_MAX,
      `would put more than ${SAMPLES_MAX} samples into one message`,
    ),
    ['publish_ms'],
  ),
)
export type NodeSettings = v.InferOutput<typeof settingsSchema>

/** What a node does that staff never set (its firmware's presets). */
export const PRESET_SETTINGS: NodeSettings = { sample_ms: 1_000, publish_ms: 5_000, sensors: {} }

/** The node's last word about a revision. */
export interface ConfigAnswer {
  readonly rev: number
  readonly ok: boolean
  readonly code: number | null
  readonly text: string | null
  /** Wall time at which the node first said so. */
  readonly tMs: number
}

export interface NodeConfig {
  /** Rises with every change, also of the place. */
  readonly rev: number
  readonly settings: NodeSettings
  /** The place that this revision tells the node; null: none yet, so it is not sent. */
  readonly place: Place | null
  /** Wall time of the change. */
  readonly changedMs: number
  readonly answer: ConfigAnswer | null
  /** The revision that the node last said it follows. */
  readonly appliedRev: number | null
}

export interface ConfigsDocument {
  configs: Record<string, NodeConfig>
}

const nullableRev = v.nullable(v.pipe(v.number(), v.integer()))
const documentSchema = v.looseObject({
  configs: v.record(
    v.string(),
    v.looseObject({
      rev: v.pipe(v.number(), v.integer(), v.minValue(1)),
      settings: settingsSchema,
      place: v.nullable(v.object({ site: v.string(), house: v.string(), node: v.string() })),
      changedMs: v.number(),
      answer: v.nullable(
        v.object({
          rev: v.number(),
          ok: v.boolean(),
          code: v.nullable(v.number()),
          text: v.nullable(v.string()),
          tMs: v.number(),
        }),
      ),
      appliedRev: nullableRev,
    }),
  ),
})

/** The document from untyped JSON; throws a ValiError that names the first thing that is wrong. */
export const parseConfigsDocument = (value: unknown): ConfigsDocument => v.parse(documentSchema, value)

export const CONFIG_STATES = ['unset', 'waiting', 'in-sync', 'refused', 'drifted'] as const
/** `unset`: staff never set one; `waiting`: the node has not answered and need not have; `drifted`: it follows another revision. */
export type ConfigState = (typeof CONFIG_STATES)[number]

export interface ConfigStatus {
  state: ConfigState
  rev: number
  appliedRev: number | null
  /** Wall time since which it is so; null while unset. */
  sinceMs: number | null
  answer: ConfigAnswer | null
}

/** How the node stands to what is wanted; it has been beating for `heardMs` since it could have heard of it. */
export function configStatus(config: NodeConfig | undefined, heardMs: number): ConfigStatus {
  if (!config) return { state: 'unset', rev: 0, appliedRev: null, sinceMs: null, answer: null }
  const { rev, answer, appliedRev, changedMs } = config
  const told = (state: ConfigState, sinceMs: number): ConfigStatus => ({ state, rev, appliedRev, sinceMs, answer })
  if (answer?.rev === rev) return told(answer.ok ? 'in-sync' : 'refused', answer.tMs)
  if (answer && answer.rev > rev) return told('drifted', answer.tMs)
  return told(heardMs >= ANSWER_WITHIN_MS ? 'drifted' : 'waiting', changedMs)
}

/** The bytes of `cmd/config`, or null while the node has no place to be told; `tooLong` when they break the payload limit. */
export function configBytes({ rev, place, settings }: NodeConfig): Uint8Array | null {
  if (!place) return null
  const { peers, ...rest } = settings
  const macs = peers?.map((mac) => Uint8Array.from(Buffer.from(mac, 'hex')))
  return encodeConfig({ rev, place, ...rest, ...(macs ? { peers: macs } : {}) } as Config)
}

/** Why a node could not take these settings although each field is right; null when it can. */
export function settingsFlaw(settings: NodeSettings): string | null {
  const longest = 'x'.repeat(32)
  const place = { site: longest, house: longest, node: longest }
  const bytes = configBytes({ rev: REVISION_END - 1, place, settings, changedMs: 0, answer: null, appliedRev: null })!
  if (bytes.length > PAYLOAD_MAX_BYTES) return `"sensors": ${bytes.length} bytes are more than ${PAYLOAD_MAX_BYTES}`
  const decoded = decodeConfig(bytes)
  return decoded.ok ? null : decoded.reason
}

/** The configuration in a retained message of our own; null for bytes that are none. */
export function readConfigBytes(bytes: Uint8Array, changedMs: number): NodeConfig | null {
  const decoded = decodeConfig(bytes)
  if (!decoded.ok) return null
  const { rev, place, peers, ...rest } = decoded.value
  const hex = peers?.map((mac) => Buffer.from(mac).toString('hex'))
  const settings = v.safeParse(settingsSchema, { ...rest, ...(hex ? { peers: hex } : {}) })
  return settings.success ? { rev, place, settings: settings.output, changedMs, answer: null, appliedRev: null } : null
}
