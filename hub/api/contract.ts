// What the API says over HTTP and over the live stream: plain JSON shapes, types only, shared with the web UI.

import type { CertificateState } from '../pki/fleet.ts'
import type { ConfigState, NodeSettings } from '../registry/node-config.ts'
import type { Permission } from '../staff/permissions.ts'
import type { Liveness } from '../supervisor/liveness.ts'
import type { ClockSource } from '../time/clock-trust.ts'
import type { NodeState } from '../wire/heartbeat.ts'
import type { AlarmsDto } from './alarm-dto.ts'

export type { Permission }

export interface ValueDto {
  tMs: number
  value: number | null
  /** 0 INIT 1 WARMUP 2 STABLE 3 DEGRADED 4 FAILED */
  state: number
  /** protocol.md: bit0 valid, bit1 backup sensor used, bit2 rate-limited, bit3 out of bounds, bit4 filtered, bit5 backlog, bit8 time estimated. */
  flags: number
}

export interface SensorDto {
  id: string
  unit: string
  quantity: string | null
  latest: ValueDto | null
}

export interface HeartbeatDto {
  tMs: number
  uptimeS: number
  firmware: string
  freeHeapBytes: number
  minHeapBytes: number
  rssiDbm: number
  errorBitmap: number
  state: NodeState
  backlog: number
  loss: number
}

export interface DeviceDto {
  uid: string
  site: string | null
  house: string | null
  node: string | null
  liveness: Liveness
  /** The hub's wall time of the last valid message; null when never. */
  lastSeenMs: number | null
  heartbeat: HeartbeatDto | null
  sensors: SensorDto[]
  /** How the node stands to its configuration. */
  config?: ConfigStateDto
  certificate?: CertificateDto
}

/** `none`: the hub knows of none; `rotating`: a new one waits to be used; `overdue`: expired, and let in for 90 days more; `stranded`: of a CA that is trusted no more. */
export interface CertificateDto {
  state: CertificateState
  /** Hex; of the one in use, else of the one issued last. */
  serial: string | null
  notAfterMs: number | null
  daysLeft: number | null
}

/** GET /api/v1/certificates */
export interface CertificatesDto {
  counts: Record<CertificateState, number>
  devices: ({ uid: string } & CertificateDto)[]
  /** Goes into `after` for the rest; null when this was all. */
  next: string | null
}

/** GET /api/v1/ca: the CA that signs the nodes' certificates; POST …/ca/roll `{ days? }` makes a new one, POST …/ca/end drops the old. */
export interface CaDto {
  subject: string
  /** Fingerprint, hex. */
  sha256: string
  notAfterMs: number
  /** While nodes move to a new CA. */
  roll: {
    startedMs: number
    /** The old one goes then, whoever is left. */
    deadlineMs: number
    sha256: string
    notAfterMs: number
    /** How many nodes moved. */
    moved: number
    /** Uids of those that did not yet. */
    left: string[]
  } | null
}

/** GET /api/v1/enrolments: codes that wait for a node; the codes themselves are shown once, when they are made. */
export interface EnrolmentDto {
  id: string
  /** site/house/node; null: the node gets none yet. */
  place: string | null
  /** Only this node may use it; null: any. */
  uid: string | null
  /** The node that gives up its place to the new one, and is revoked; null: nobody. */
  replaces: string | null
  expiresMs: number
}

/** POST /api/v1/enrolments */
export interface EnrolmentCodeDto extends EnrolmentDto {
  code: string
  /** Of the hub, HTTPS: where the node posts it. */
  port: number
  /** SHA-256 of the farm CA's certificate (DER), hex: by this a node knows that it speaks with its own hub. */
  caSha256: string
  /** All of it as one text, to show as a QR code. */
  qr: string
}

/** GET /api/v1/backups; PUT takes `{ directory, keep?, passphrase }`, POST makes one now, DELETE ends the nights. */
export interface BackupsDto {
  /** null: none are made at night. */
  nightly: { directory: string; keep: number } | null
  /** Of this farm, newest first. */
  files: { name: string; bytes: number; madeMs: number }[]
  lastMs: number | null
  /** Why the last try failed; null when it did not. */
  lastError: string | null
}

/** POST and PUT /api/v1/backups: one that was made and opened again. */
export interface BackupMadeDto {
  madeMs: number
  files: number
  /** What it holds. */
  bytes: number
}

/** POST /api/v1/restore */
export interface RestoredDto {
  farm: string | null
  madeMs: number
}

/** `waiting`: not answered yet, and it need not have been; `drifted`: the node follows another revision, or beats and does not answer. */
export interface ConfigStateDto {
  state: ConfigState
  /** The wanted revision; 0: staff never set one. */
  rev: number
  /** The revision that the node last said it follows. */
  appliedRev: number | null
  /** Wall time since which it is so; null while unset. */
  sinceMs: number | null
  /** The node's last word when it said no: which revision, a diagnostic code, its reason. */
  refusal: { rev: number; code: number | null; text: string | null } | null
}

/** GET and PUT /api/v1/devices/{uid}/config; PUT takes `settings`, and `If-Match` with the ETag. */
export interface ConfigDto extends ConfigStateDto {
  uid: string
  settings: NodeSettings | null
}

/** GET /api/v1/devices */
export interface DevicesDto {
  nowMs: number
  devices: DeviceDto[]
  /** Goes into `after` for the rest; null when this was all. */
  next: string | null
}

/** GET /api/v1/series */
export interface SeriesListDto {
  series: { uid: string; sensor: string; unit: string; firstMs: number | null; lastMs: number | null }[]
}

/** GET /api/v1/series/{uid}/{sensor}?from&to&points — columns; null where a step has no valid value. */
export interface SeriesDto {
  uid: string
  sensor: string
  unit: string
  fromMs: number
  toMs: number
  stepMs: number
  tMs: number[]
  min: (number | null)[]
  mean: (number | null)[]
  max: (number | null)[]
  count: number[]
}

/** GET /api/v1/courses?of=uid/sensor,…&from&to&points: in the order in which they were asked for, all in the same steps. */
export interface CoursesDto {
  courses: SeriesDto[]
}

/** GET /api/v1/series/{uid}/{sensor}/samples?from&to&limit — rows [tMs, value, state, flags] as they were stored. */
export interface SamplesDto {
  uid: string
  sensor: string
  unit: string
  samples: [tMs: number, value: number | null, state: number, flags: number][]
  /** Ask again from here for the rest; null when this was all. Samples at this very time may come twice. */
  nextFromMs: number | null
}

/** GET and POST /api/v1/clock; POST takes `{ tMs }` and is refused while a time server keeps the clock. */
export interface ClockDto {
  nowMs: number
  source: ClockSource
  isTrusted: boolean
  /** How wrong it may be; null when nobody can say. */
  errorMs: number | null
  /** Steps of the hub's clock since its start. */
  steps: number
  lastStep: { atMs: number; byMs: number } | null
  /** The machine's clock is wrong and cannot be set; the hub goes on by itself. */
  isOnOwn: boolean
}

/** GET /api/v1/quarantine?uid: messages that broke the contract, of this run; GET …/{id} gives the payload, DELETE forgets them. */
export interface QuarantineDto {
  /** Since the hub's start, most first. */
  reasons: { reason: string; count: number }[]
  devicesTotal: number
  devices: { uid: string; count: number; lastMs: number; lastReason: string }[]
  /** What is kept, newest first. */
  messages: {
    id: number
    tMs: number
    uid: string
    topic: string
    reason: string
    sizeBytes: number
    /** The beginning of the payload. */
    headHex: string
  }[]
}

/** Live stream (GET /api/v1/events, server-sent events): `event:` is the type below, `data:` the JSON of the rest. */
export type LiveEvent =
  | { type: 'hello'; nowMs: number; version: string; devices: DeviceDto[]; clock?: ClockSource }
  /** New newest values, batched; `s` rows are [uid, sensor, tMs, value, state, flags]. */
  | { type: 'values'; nowMs: number; s: [string, string, number, number | null, number, number][] }
  /** A device changed (liveness, heartbeat, place, a new sensor): the device whole. */
  | { type: 'device'; nowMs: number; device: DeviceDto }
  /** Once at the beginning, and when something about the alarms changed: all of them. */
  | ({ type: 'alarms' } & AlarmsDto)
  /** Every 5 s, so that a client knows the stream lives and what time it is. */
  | { type: 'tick'; nowMs: number; clock?: ClockSource }

/** POST /api/v1/devices/{uid}/read|identify|restart|calibrate|actuate: how the command ended. */
export interface CommandDto {
  uid: string
  ok: boolean
  /** Why not: the node was away, said no, or did not answer in time. */
  reason: 'offline' | 'refused' | 'timeout' | 'busy' | 'not-sent' | null
  /** From the sending to the reply. */
  tookMs: number
  text: string | null
  /** A diagnostic code that the node gave. */
  code: number | null
  /** What a read brought. */
  values: ({ sensor: string; unit: string } & ValueDto)[]
}

/** POST /api/v1/read and /api/v1/houses/{site}/{house}/read */
export interface FleetReadDto {
  /** One entry for each node, in the registry's order; those that did not answer say why. */
  devices: CommandDto[]
  answered: number
  tookMs: number
}

/** Errors: RFC 9457, application/problem+json. */
export interface ProblemDto {
  type: string
  title: string
  status: number
  detail: string
  code: string
}

/** What will fail soon, the most urgent first. */
/** A device of another family, at GET /api/v1/others. */
export interface OtherDto {
  id: string
  family: 'openegiz' | 'esp32c3' | 'window'
  /** What staff call it; null: its id. */
  name: string | null
  /** `waiting`: not heard since the hub started. */
  state: 'live' | 'waiting' | 'silent'
  firstHeardMs: number
  lastHeardMs: number
  silentAfterS: number
}

/** GET /api/v1/box */
export interface BoxDto {
  version: string
  upForMs: number
  hostname: string
  addresses: { interface: string; address: string }[]
  storage: {
    usedBytes: number
    freeBytes: number
    /** Time of the oldest sample; null: there is none. */
    oldestMs: number | null
    /** On average so far; null in the first day. */
    bytesPerDay: number | null
    /** Until the oldest is given up to make room. */
    daysLeft: number | null
    /** So long values are kept in full, and as roll-ups. */
    rawDaysMax: number
    rollupDaysMax: number
    /** Why nothing can be kept now, in words; null: all is well. */
    fault: string | null
  }
}

export interface OthersDto {
  others: OtherDto[]
  /** Goes into `after`; null when this was all. */
  next: string | null
}

export interface MaintenanceDto {
  /** When a house was looked at last; null before the first time. */
  lookedAtMs: number | null
  findings: {
    code: 'heap-leak' | 'signal-fading' | 'reboot-loop' | 'errors-rising' | 'sensor-stuck' | 'sensor-drift'
    uid: string
    site: string | null
    house: string | null
    node: string | null
    /** Null: the node itself. */
    sensor: string | null
    severity: 'notice' | 'warning'
    sinceMs: number
    /** Until it does harm if it goes on like this; null where nobody can say. */
    daysLeft: number | null
    evidence: Readonly<Record<string, number>>
  }[]
}

/** Diagnostics of the last 30 days by code, the most frequent of the last week first. */
export interface DiagnosticsDto {
  diagnostics: {
    code: number
    name: string | null
    severity: number | null
    meaning: string | null
    action: string | null
    count: number
    countWeek: number
    nodes: number
    byFirmware: Record<string, number>
    byHouse: Record<string, number>
  }[]
}
