// The inside of a simulated node: samples, publishes, beats, answers. No sockets and no timers: the shell says what time it is.
import { FLAG } from '../../hub/core/sample.ts'
import { COMMAND_TYPES, type CommandType, decodeCommand } from '../../hub/wire/command.ts'
import { type Config, decodeConfig } from '../../hub/wire/config.ts'
import { type DataFields, encodeData } from '../../hub/wire/data.ts'
import { type Diag, encodeDiag } from '../../hub/wire/diag.ts'
import { encodeHeartbeat, NODE_STATES } from '../../hub/wire/heartbeat.ts'
import { encodeReply, type Reply } from '../../hub/wire/reply.ts'
import { encodeSystem, type System, type SystemEvent } from '../../hub/wire/system.ts'
import { type Backlog, createBacklog } from './backlog.ts'
import type { Air } from './climate.ts'
import {
  createSensor,
  isOnBackup,
  readSensor,
  type SensorHealth,
  type SensorSpec,
  STATE,
  sensorState,
  type VirtualSensor,
} from './virtual-sensor.ts'

/** Messages that a node keeps while it is cut off: three hours of four sensors every 5 s. */
const BACKLOG_MAX = 10_000
/** A message older than this when it leaves was stored and forwarded. */
const BACKLOG_AGE_MS = 3_000
const FIRMWARE = '1.4.0'
const FIRMWARE_SHA256 = Uint8Array.from({ length: 32 }, (_, i) => (i * 37) & 255)

type Row = [dt: number, value: number | null, state: number, flags: number]

/** A message as it waits; it becomes bytes when it leaves, because only then `up` is known. */
export type Outgoing =
  | { kind: 'data'; suffix: string; fields: DataFields; madeUpMs: number }
  | { kind: 'diag'; suffix: string; fields: Diag }
  | { kind: 'bytes'; suffix: string; bytes: Uint8Array }

export interface NodeOptions {
  uid: string
  sensors: readonly SensorSpec[]
  /** Makes boot numbers, reboot times and radio levels. */
  random: () => number
  /** The air at the node. */
  air(tMs: number): Air
  sampleMs: number
  publishMs: number
  heartbeatMs: number
  /** Periods and warm-ups pass this much faster. */
  speed: number
  /** It can fetch a new certificate. */
  canRenew?: boolean
}

/** The moment: monotonic milliseconds, and the true time, which the air knows but the node may not. */
export interface Now {
  monoMs: number
  wallMs: number
}

export interface VirtualNode {
  readonly uid: string
  readonly backlog: Backlog<Outgoing>
  /** Replies and beats: not kept when the link is gone. */
  readonly urgent: { suffix: string; bytes: Uint8Array }[]
  readonly bootCount: number
  tick(now: Now, isLinked: boolean): void
  /** The link is up: says what happened, once per boot in full. */
  linked(now: Now): void
  /** A command or configuration came. */
  receive(type: string, payload: Uint8Array, now: Now): void
  /** The clock is set; what waits without a time gets one. */
  setClock(tMs: number, now: Now): void
  /** The bytes of a waiting message as it leaves now. */
  encode(message: Outgoing, now: Now): Uint8Array
  will(): Uint8Array
  setHealth(sensorId: string, health: SensorHealth, now: Now): void
  reboot(reason: string, now: Now): void
  /** Fills store-and-forward with what a boot before this one measured from `fromMs` to `toMs`, a sample each `stepMs`. */
  rememberPast(fromMs: number, toMs: number, stepMs: number): void
  readonly sensorIds: readonly string[]
}

export function createVirtualNode(options: NodeOptions, start: Now): VirtualNode {
  const { uid, random, speed } = options
  const backlog = createBacklog<Outgoing>(BACKLOG_MAX)
  const urgent: { suffix: string; bytes: Uint8Array }[] = []
  let bootedMonoMs = start.monoMs
  let boot = makeBoot()
  let resetReason = 'poweron'
  let hasToldBoot = false
  let bootCount = 1
  let reconnects = 0
  /** Wall time at boot by the node's own clock; null when it was never set. */
  let clockBaseMs: number | null = null
  let seqs = new Map<string, number>()
  /** Kept over a reboot, as in the flash of a node. */
  let followedRev = 0
  let sampleMs = options.sampleMs
  let publishMs = options.publishMs
  let nextSampleMs = start.monoMs
  let nextPublishMs = start.monoMs
  let nextBeatMs = start.monoMs
  let restartAtMs: number | null = null
  let sensors = options.sensors.map((spec) => createSensor(spec, 0))
  const rows = new Map<string, { t: number; rows: Row[] }>()

  function makeBoot() {
    return Math.floor(random() * 0x1_0000_0000)
  }
  const upMs = (now: Now) => Math.max(0, Math.round(now.monoMs - bootedMonoMs))
  const stamp = (now: Now) =>
    clockBaseMs === null ? { clk: 0, t: upMs(now) } : { clk: 2, t: Math.round(clockBaseMs + upMs(now)) }
  const origin = (now: Now) => ({ boot, ...stamp(now), ...(clockBaseMs === null ? { up: upMs(now) } : {}) })
  function nextSeq(suffix: string): number {
    const seq = (seqs.get(suffix) ?? -1) + 1
    seqs.set(suffix, seq)
    return seq
  }

  function diag(now: Now, code: number, sev: number, sensor?: string) {
    const suffix = `diag/${sev}`
    const fields: Diag = { ...origin(now), seq: nextSeq(suffix), code, sev, count: 1, ...(sensor ? { sensor } : {}) }
    backlog.push({ kind: 'diag', suffix, fields })
  }

  function read(sensor: VirtualSensor, now: Now): readonly [number | null, number, number] {
    return readSensor(sensor, options.air(now.wallMs), upMs(now), speed, hash(`${uid}/${sensor.spec.id}`))
  }

  function sample(now: Now) {
    const { t } = stamp(now)
    for (const sensor of sensors) {
      if (!sensor.isEnabled) continue
      const [value, state, flags] = read(sensor, now)
      const open = rows.get(sensor.spec.id) ?? { t, rows: [] }
      if (open.rows.length === 0) open.t = t
      open.rows.push([Math.max(0, t - open.t), value, state, flags])
      rows.set(sensor.spec.id, open)
    }
  }

  function publish(now: Now) {
    for (const { spec } of sensors) {
      const open = rows.get(spec.id)
      if (!open || open.rows.length === 0) continue
      const suffix = `data/${spec.id}`
      const fields = { boot, seq: nextSeq(suffix), clk: stamp(now).clk, t: open.t, unit: spec.unit, s: open.rows }
      backlog.push({ kind: 'data', suffix, fields, madeUpMs: upMs(now) })
      rows.delete(spec.id)
    }
  }

  function errorBitmap(): number {
    const failed = sensors.some(({ health }) => health === 'dead') ? 1 : 0
    const onBackup = sensors.some(isOnBackup) ? 2 : 0
    return failed | onBackup | (clockBaseMs === null ? 32 : 0)
  }

  function beat(now: Now) {
    const suffix = 'status/heartbeat'
    const upS = Math.floor(upMs(now) / 1000)
    const free = 190_000 - Math.floor(random() * 6_000) - Math.min(backlog.length, 500) * 40
    const bytes = encodeHeartbeat({
      ...origin(now),
      seq: nextSeq(suffix),
      uptime: upS,
      fw_version: FIRMWARE,
      free_heap: free,
      min_heap: free - 14_000,
      rssi: -58 - (hash(uid) % 18) - Math.floor(random() * 5),
      error_bitmap: errorBitmap(),
      state: NODE_STATES.indexOf(errorBitmap() & 3 ? 'degraded' : 'run'),
      backlog: backlog.length,
      loss: backlog.dropped,
    })
    urgent.push({ suffix, bytes })
  }

  const sensorInfo = (now: Now) =>
    sensors.flatMap((sensor) => {
      const { id, kind, quantity, unit, backupKind } = sensor.spec
      const info = { id, kind, quantity: QUANTITY_NAMES[quantity], unit, state: sensorState(sensor, upMs(now), speed) }
      const backup = { ...info, id: `${id}-b`, kind: backupKind ?? '', state: STATE.stable, backup: true }
      return backupKind ? [info, backup] : [info]
    })

  function system(event: SystemEvent, now: Now) {
    const link = { ssid: 'farm', bssid: Uint8Array.of(2, 0, 0, 0, 0, 1), channel: 6, rssi: -60, reconnects }
    const facts: System = { ...origin(now), event, link }
    const first = { reset_reason: resetReason, partition: 'ota_0', fw_version: FIRMWARE, fw_sha256: FIRMWARE_SHA256 }
    const whole = event === 'boot' ? { ...facts, ...first, sensors: sensorInfo(now) } : facts
    urgent.unshift({ suffix: 'status/system', bytes: encodeSystem(whole) })
  }

  const reply = (fields: Reply) => void urgent.push({ suffix: 'status/reply', bytes: encodeReply(fields) })
  const refuse = (rid: number, text: string) => reply({ rid, ok: false, code: 0x2009, text })

  function answerRead(rid: number, ids: readonly string[], now: Now) {
    const asked = sensors.filter(({ spec, isEnabled }) => isEnabled && (ids.length === 0 || ids.includes(spec.id)))
    if (asked.length < ids.length) return refuse(rid, 'no such sensor')
    for (const sensor of asked) {
      const suffix = `data/${sensor.spec.id}`
      const s = [[0, ...read(sensor, now)] as const]
      const bytes = encodeData({ ...origin(now), seq: nextSeq(suffix), unit: sensor.spec.unit, s, rid })
      urgent.push({ suffix, bytes })
    }
    reply({ rid, ok: true })
  }

  function configure(config: Config, now: Now) {
    // The hub lost a revision: it learns which one this node follows.
    if (config.rev < followedRev) return reply({ rid: followedRev, ok: true })
    followedRev = config.rev
    sampleMs = config.sample_ms
    publishMs = config.publish_ms
    // A shorter period holds at once, not after what is left of a long one.
    nextSampleMs = Math.min(nextSampleMs, now.monoMs + sampleMs / speed)
    nextPublishMs = Math.min(nextPublishMs, now.monoMs + publishMs / speed)
    sensors = sensors.map((sensor) => {
      const own = config.sensors[sensor.spec.id] ?? {}
      return { ...sensor, offset: own.offset ?? 0, gain: own.gain ?? 1, isEnabled: own.enabled ?? true }
    })
    reply({ rid: config.rev, ok: true })
  }

  function command(type: CommandType, payload: Uint8Array, now: Now) {
    const decoded = decodeCommand(type, payload)
    if (!decoded.ok) return diag(now, 0x2009, 2)
    const { rid, deadline } = decoded.value
    const time = stamp(now)
    if (deadline !== undefined && time.clk > 0 && time.t > deadline) return
    const body = decoded.value as Record<string, unknown>
    if (type === 'read') answerRead(rid, body.sensors as string[], now)
    else if (type === 'time') {
      setClock(body.t as number, now)
      reply({ rid, ok: true })
    } else if (type === 'restart') {
      restartAtMs = now.monoMs + 1_000 * Number(body.delay_s ?? 1)
      reply({ rid, ok: true })
    } else if (type === 'identify') reply({ rid, ok: true })
    else if (type === 'calibrate' && sensors.some(({ spec }) => spec.id === body.sensor)) reply({ rid, ok: true })
    else if (type === 'rotate-key' && options.canRenew) reply({ rid, ok: true })
    else refuse(rid, `this node cannot ${type}`)
  }

  function setClock(tMs: number, now: Now) {
    const wasSet = clockBaseMs !== null
    clockBaseMs = tMs - upMs(now)
    if (wasSet) return
    const base = clockBaseMs
    for (const open of rows.values()) open.t = Math.round(base + open.t)
    const placed = <T extends { boot: number; clk: number; t: number; up?: number }>(fields: T): T => {
      if (fields.clk > 0 || fields.boot !== boot) return fields
      const { up: _, ...rest } = fields
      return { ...rest, clk: 2, t: Math.round(base + fields.t) } as T
    }
    backlog.map((message) => {
      if (message.kind === 'data') return { ...message, fields: placed(message.fields) }
      return message.kind === 'diag' ? { ...message, fields: placed(message.fields) } : message
    })
  }

  function reboot(reason: string, now: Now) {
    // Without a clock nobody can say when a message of a boot that is over was made: it is given up and counted.
    backlog.map((message) => (message.kind !== 'bytes' && message.fields.clk === 0 ? null : message))
    bootedMonoMs = now.monoMs
    boot = makeBoot()
    bootCount++
    resetReason = reason
    hasToldBoot = false
    reconnects = 0
    clockBaseMs = null
    seqs = new Map()
    restartAtMs = null
    nextSampleMs = nextPublishMs = nextBeatMs = now.monoMs
    rows.clear()
    urgent.length = 0
    sensors = sensors.map((sensor) => ({ ...sensor, poweredAtMs: 0 }))
    if (reason === 'brownout') diag(now, 0x5001, 3)
  }

  return {
    uid,
    backlog,
    urgent,
    get bootCount() {
      return bootCount
    },
    sensorIds: options.sensors.map(({ id }) => id),
    tick(now, isLinked) {
      if (restartAtMs !== null && now.monoMs >= restartAtMs) reboot('software', now)
      if (now.monoMs >= nextSampleMs) {
        sample(now)
        nextSampleMs = laterThan(nextSampleMs, sampleMs / speed, now.monoMs)
      }
      if (now.monoMs >= nextPublishMs) {
        publish(now)
        nextPublishMs = laterThan(nextPublishMs, publishMs / speed, now.monoMs)
      }
      if (now.monoMs >= nextBeatMs) {
        if (isLinked) beat(now)
        nextBeatMs = laterThan(nextBeatMs, options.heartbeatMs / speed, now.monoMs)
      }
    },
    linked(now) {
      urgent.length = 0
      beat(now)
      if (hasToldBoot) reconnects++
      system(hasToldBoot ? 'link' : 'boot', now)
      hasToldBoot = true
      nextBeatMs = now.monoMs + options.heartbeatMs / speed
    },
    receive(type, payload, now) {
      if (type === 'config') {
        const decoded = decodeConfig(payload)
        if (decoded.ok) configure(decoded.value, now)
        else diag(now, 0x200a, 3)
      } else {
        const known = COMMAND_TYPES.find((each) => each === type)
        if (known) command(known, payload, now)
      }
    },
    setClock,
    encode(message, now) {
      if (message.kind === 'bytes') return message.bytes
      const withUp = <T extends { boot: number; clk: number }>(fields: T): T =>
        fields.clk === 0 && fields.boot === boot ? { ...fields, up: upMs(now) } : fields
      if (message.kind === 'diag') return encodeDiag(withUp(message.fields))
      const { fields, madeUpMs } = message
      const isLate = fields.boot !== boot || (upMs(now) - madeUpMs) * speed > BACKLOG_AGE_MS
      const s = isLate
        ? fields.s.map(([dt, v, state, flags]) => [dt, v, state, flags | FLAG.backlog] as const)
        : fields.s
      return encodeData(withUp({ ...fields, s }))
    },
    will: () => encodeSystem({ boot, t: 0, clk: 0, event: 'will' }),
    setHealth(sensorId, health, now) {
      sensors = sensors.map((sensor) => {
        if (sensor.spec.id !== sensorId || sensor.health === health) return sensor
        const failed = health === 'dead'
        if (failed) diag(now, 0x1002, 3, sensorId)
        else if (sensor.health === 'dead') diag(now, 0x1003, 1, sensorId)
        if (sensor.spec.backupKind) diag(now, failed ? 0x1008 : 0x1009, failed ? 2 : 1, sensorId)
        // A replaced sensor warms up again; a backup has been warm all the time.
        return { ...sensor, health, poweredAtMs: sensor.health === 'dead' ? upMs(now) : sensor.poweredAtMs }
      })
    },
    reboot,
    rememberPast(fromMs, toMs, stepMs) {
      const pastBoot = makeBoot()
      const spanMs = PAST_ROWS_MAX * stepMs
      let seq = 0
      for (let t = fromMs; t < toMs; t += spanMs) {
        for (const sensor of sensors) {
          const s: Row[] = []
          for (let dt = 0; dt < spanMs && t + dt < toMs; dt += stepMs) {
            // It had been warm for long.
            const aged = sensor.spec.warmupMs + 1_000 + t + dt - fromMs
            s.push([dt, ...readSensor(sensor, options.air(t + dt), aged, 1, hash(`${uid}/${sensor.spec.id}`))])
          }
          const fields = { boot: pastBoot, seq, clk: 2, t, unit: sensor.spec.unit, s }
          backlog.push({ kind: 'data', suffix: `data/${sensor.spec.id}`, fields, madeUpMs: 0 })
        }
        seq++
      }
    },
  }
}

/** Rows of one message of the past. */
const PAST_ROWS_MAX = 60

const QUANTITY_NAMES: Record<keyof Air, string> = {
  temp: 'temperature',
  rh: 'humidity',
  co2: 'co2',
  nh3: 'nh3',
  light: 'light',
  pressure: 'pressure',
}

/** The next due time: on the grid, or from now when the node slept through more than one. */
const laterThan = (dueMs: number, periodMs: number, nowMs: number) =>
  dueMs + periodMs > nowMs ? dueMs + periodMs : nowMs + periodMs

/** A number for a text (FNV-1a). */
export function hash(text: string): number {
  let value = 0x811c9dc5
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193)
  return value >>> 0
}
