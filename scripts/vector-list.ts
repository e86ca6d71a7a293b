// The golden payloads and frames: what each is, its bytes, and what a decoder must say. `vectors.ts` writes them to test/vectors.
import { encodeCbor } from '../hub/wire/cbor.ts'
import { type Command, type CommandType, encodeCommand } from '../hub/wire/command.ts'
import { encodeConfig } from '../hub/wire/config.ts'
import { encodeData } from '../hub/wire/data.ts'
import { encodeDiag } from '../hub/wire/diag.ts'
import { encodeHeartbeat, type Heartbeat } from '../hub/wire/heartbeat.ts'
import { encodeLoraFrame, type LoraFrame } from '../hub/wire/lora-frame.ts'
import {
  encodeOtaCancel,
  encodeOtaChunk,
  encodeOtaOffer,
  encodeOtaRequest,
  encodeOtaStatus,
  OTA_PHASES,
} from '../hub/wire/ota.ts'
import { encodePeerFrame, type PeerFrame } from '../hub/wire/peer-frame.ts'
import { encodeReply } from '../hub/wire/reply.ts'
import { encodeSystem, type System } from '../hub/wire/system.ts'
import { hostileVectors } from './vector-hostile.ts'

export interface Vector {
  /** Also the file's name. */
  name: string
  /** `data`, `heartbeat` …, `command/read`, `ota/offer`, `peer-frame`, `lora-frame`. */
  kind: string
  bytes: Uint8Array
  /** `ok`, or the reason. */
  expect: string
  /** True when the deterministic encoder gives exactly these bytes for the value. */
  isCanonical: boolean
  /** What it says, for people and for checking fields; absent when it is refused. */
  value?: unknown
  note?: string
}

/** The key of all frame vectors. */
export const VECTOR_KEY = Uint8Array.from({ length: 16 }, (_, i) => i)

const T0 = Date.UTC(2026, 10, 23, 6, 30)
const good = (kind: string, name: string, bytes: Uint8Array, value: unknown, note?: string): Vector => ({
  name,
  kind,
  bytes,
  expect: 'ok',
  isCanonical: true,
  value,
  ...(note ? { note } : {}),
})

const data = (name: string, value: Parameters<typeof encodeData>[0], note?: string) =>
  good('data', name, encodeData(value), value, note)
const heartbeat = (name: string, value: Heartbeat, note?: string) =>
  good('heartbeat', name, encodeHeartbeat(value), value, note)
const system = (name: string, value: System, note?: string) => good('system', name, encodeSystem(value), value, note)
const command = <T extends CommandType>(name: string, type: T, value: Command<T>) =>
  good(`command/${type}`, name, encodeCommand(type, value), value)
const peer = (name: string, value: PeerFrame) => good('peer-frame', name, encodePeerFrame(value, VECTOR_KEY), value)
const lora = (name: string, value: LoraFrame) => good('lora-frame', name, encodeLoraFrame(value, VECTOR_KEY), value)

const base = { boot: 0x9e3779b9, seq: 41, clk: 2, t: T0 }
const beat: Heartbeat = {
  ...base,
  uptime: 86_412,
  fw_version: '1.4.0',
  free_heap: 187_344,
  min_heap: 150_016,
  rssi: -61,
  error_bitmap: 0,
  state: 1,
  backlog: 0,
}
const sha256 = Uint8Array.from({ length: 32 }, (_, i) => 255 - i)
const from = { source: '0123456789ab', destination: 'a1b2c3d4e5f6' }

const alert = encodeDiag({ boot: 7, seq: 3, t: T0, clk: 2, code: 0x1012, sev: 4, count: 1 })
const backup = encodeData({ boot: 7, seq: 4, clk: 2, t: T0, unit: 'Cel', s: [[0, 31.5, 2, 1]] })

const goodVectors = (): Vector[] => [
  data('data-co2', { ...base, unit: 'ppm', s: [[0, 1480, 2, 1]] }, 'one whole sample'),
  data('data-temperature', {
    ...base,
    unit: 'Cel',
    s: [
      [0, 21.5, 2, 1],
      [1000, 21.53125, 2, 1],
      [2000, 21.6, 2, 17],
      [3000, 21.65, 2, 5],
      [4000, null, 4, 0],
      [5000, -0.25, 3, 3],
    ],
  }),
  data('data-warmup', { ...base, unit: 'ppm', s: [[0, null, 1, 0]] }, 'no value yet'),
  data('data-clock-unset', { ...base, clk: 0, t: 4_200, up: 9_100, unit: '%RH', s: [[0, 61, 2, 1]] }),
  data('data-backlog', { ...base, t: T0 - 3_600_000, unit: 'Pa', s: [[0, 101_325, 2, 33]] }),
  data('data-read-answer', { ...base, rid: 0xffff_ffff, unit: 'Cel', s: [[0, 20.25, 2, 1]] }),
  data('data-numbers', {
    boot: 0,
    seq: 0xffff_ffff,
    clk: 1,
    t: 253_402_300_799_999,
    up: 0,
    unit: 'µg/m3',
    s: [
      [0, 0, 0, 0],
      [0, 23, 1, 1],
      [24, 255, 2, 255],
      [255, 65_536, 3, 2],
      [65_536, -4_294_967_297, 4, 4],
      [4_294_967_294, 9_007_199_254_740_991, 2, 1],
      [4_294_967_295, 65_504, 2, 1],
      [4_294_967_295, 2 ** -24, 2, 1],
      [4_294_967_295, 3.4028234663852886e38, 2, 1],
      [4_294_967_295, 1.1, 2, 1],
      [4_294_967_295, 1e300, 2, 1],
      [4_294_967_295, -4.1, 2, 1],
    ],
  }),
  data('data-full', {
    ...base,
    unit: 'dB',
    s: Array.from({ length: 256 }, (_, i) => [i * 250, 40 + (i % 8) / 2, 2, 1] as const),
  }),
  heartbeat('heartbeat-run', beat),
  heartbeat('heartbeat-trouble', {
    ...beat,
    clk: 0,
    t: 61_000,
    up: 61_020,
    rssi: -93,
    error_bitmap: 0xffff_ffff,
    state: 2,
    backlog: 412,
    loss: 7,
  }),
  system('system-boot', {
    boot: base.boot,
    t: 2_150,
    up: 2_200,
    clk: 0,
    event: 'boot',
    reset_reason: 'poweron',
    partition: 'ota_0',
    fw_version: '1.4.0',
    fw_sha256: sha256,
    link: { ssid: 'Hühnerhof', bssid: Uint8Array.of(0, 17, 34, 51, 68, 255), channel: 6, rssi: -61, reconnects: 0 },
    sensors: [
      { id: 'co2', kind: 'scd41', quantity: 'co2', unit: 'ppm', state: 1, serial: 'F00D-1' },
      { id: 'co2-b', kind: 's8', quantity: 'co2', unit: 'ppm', state: 1, backup: true },
    ],
  }),
  system('system-will', { boot: base.boot, t: 0, clk: 0, event: 'will' }),
  system('system-shutdown', { boot: base.boot, t: T0, clk: 2, event: 'shutdown', reset_reason: 'brownout' }),
  ...[
    ['diag-sensor', { ...base, code: 0x1002, sev: 3, count: 1, sensor: 'co2', arg: -5 }] as const,
    ['diag-text', { ...base, code: 0x5fff, sev: 1, count: 4_294_967_295, arg: '' }] as const,
  ].map(([name, value]) => good('diag', name, encodeDiag(value), value)),
  command('command-read', 'read', { rid: 77, deadline: T0 + 5_000, sensors: ['co2', 'temp'] }),
  command('command-read-all', 'read', { rid: 78, sensors: [] }),
  command('command-identify', 'identify', { rid: 79, seconds: 20 }),
  command('command-restart', 'restart', { rid: 80 }),
  command('command-calibrate', 'calibrate', { rid: 81, sensor: 'co2', step: 'span', value: 421.5 }),
  command('command-actuate', 'actuate', { rid: 82, id: 'window-1', position: 62.5, ramp_s: 30 }),
  command('command-rotate-key', 'rotate-key', { rid: 83 }),
  command('command-time', 'time', { rid: 84, t: T0 }),
  ...[
    ['reply-ok', { rid: 77, ok: true }] as const,
    ['reply-refused', { rid: 82, ok: false, code: 0x1014, text: 'window-1 is blocked', position: 12 }] as const,
  ].map(([name, value]) => good('reply', name, encodeReply(value), value)),
  ...[
    [
      'config-full',
      {
        rev: 12,
        place: { site: 'home', house: 'house-1', node: 'north' },
        sample_ms: 1_000,
        publish_ms: 5_000,
        sensors: { co2: { offset: -12, gain: 1.02, lo: 0, hi: 10_000, max_rate: 50, enabled: true }, 'co2-b': {} },
        peers: [Uint8Array.of(1, 2, 3, 4, 5, 6)],
        ntp: '192.168.4.1',
      },
    ] as const,
    [
      'config-small',
      { rev: 0, place: { site: '0', house: 'a', node: 'b' }, sample_ms: 100, publish_ms: 3_600_000, sensors: {} },
    ] as const,
  ].map(([name, value]) => good('config', name, encodeConfig(value as Parameters<typeof encodeConfig>[0]), value)),
  ...otaVectors(),
  peer('peer-ping', { ...from, counter: 0n, type: 'ping', upMs: 5_000 }),
  peer('peer-pong', { ...from, counter: 2n ** 56n - 1n, type: 'pong', answers: 0n, upMs: 253_402_300_799_999 }),
  peer('peer-time-sync', { ...from, destination: 'ffffffffffff', counter: 258n, type: 'timeSync', askedMs: 61_000 }),
  peer('peer-time-resp', { ...from, counter: 259n, type: 'timeResp', askedMs: 61_000, wallMs: T0, clk: 2 }),
  lora('lora-alert', { ...from, counter: 1n, type: 'alert', payload: alert }),
  lora('lora-backup', { ...from, counter: 2n, type: 'backup', sensor: 'temp', payload: backup }),
  lora('lora-ack', { ...from, counter: 3n, type: 'ack', answers: 2n }),
]

function otaVectors(): Vector[] {
  const offer = {
    id: 9,
    version: '1.5.0',
    secure_version: 3,
    chip: 'esp32s3',
    size: 1_310_721,
    sha256,
    chunk: 4096 as const,
    chunks: 321,
    deadline_s: 3_600,
  }
  const forced = { ...offer, url: 'https://192.168.4.1:8443/firmware/9', force: true }
  const status = { id: 9, phase: 'download' as const, got: 120, total: 321 }
  const request = { id: 9, from: 120, count: 16 }
  const chunk = { id: 9, n: 320, d: Uint8Array.of(0xde, 0xad, 0xbe, 0xef) }
  const fullChunk = { id: 9, n: 0, d: Uint8Array.from({ length: 4_096 }, (_, i) => (i * 31) & 255) }
  return [
    good('ota/offer', 'ota-offer', encodeOtaOffer(offer), offer),
    good('ota/offer', 'ota-offer-forced', encodeOtaOffer(forced), forced),
    good('ota/status', 'ota-status-download', encodeOtaStatus(status), status),
    ...OTA_PHASES.filter((phase) => phase !== 'download').map((phase) =>
      good('ota/status', `ota-status-${phase}`, encodeOtaStatus({ id: 9, phase }), { id: 9, phase }),
    ),
    good('ota/request', 'ota-request', encodeOtaRequest(request), request),
    good('ota/chunk', 'ota-chunk', encodeOtaChunk(chunk), chunk),
    good('ota/chunk', 'ota-chunk-full', encodeOtaChunk(fullChunk), fullChunk),
    good('ota/cancel', 'ota-cancel', encodeOtaCancel({ id: 9 }), { id: 9 }),
  ]
}

/** Valid encodings that are not the deterministic one: a node may send them, the hub never does. */
function looseVectors(): Vector[] {
  const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
  const loose = (kind: string, name: string, bytes: Uint8Array, value: unknown, note: string): Vector => ({
    ...good(kind, name, bytes, value, note),
    isCanonical: false,
  })
  const small = { boot: 1, seq: 2, clk: 0, t: 3, unit: 'Cel', s: [[0, 21.5, 2, 1]] }
  return [
    loose(
      'data',
      'data-wide-numbers',
      hex(`b807 780176 190001  64626f6f74 1b0000000000000001  63736571 1a00000002  63636c6b 1800  6174 190003
        64756e6974 79000343656c  6173 990001 84 1800 fb4035800000000000 1802 1801`),
      small,
      'longer heads and a 64-bit float where shorter ones would do',
    ),
    loose(
      'data',
      'data-other-order',
      hex(
        'a7 6173 81 84 00 f94d60 02 01  64756e6974 63 43656c  6174 03  63636c6b 00  63736571 02  64626f6f74 01  6176 01',
      ),
      small,
      'keys in another order',
    ),
    loose(
      'data',
      'data-unknown-keys',
      encodeCbor({ ...small, v: 1, zz: { a: [1, [true, null]], b: Uint8Array.of(1) } as never }),
      small,
      'keys of a later minor version are passed over',
    ),
    loose(
      'heartbeat',
      'heartbeat-unknown-keys',
      encodeCbor({ v: 1, ...beat, battery_mv: 3_912, note: 'x'.repeat(300) } as never),
      beat,
      'keys of a later minor version are passed over',
    ),
  ]
}

/** All vectors, in the order of the index. Names are unique. */
export const allVectors = (): Vector[] => [...goodVectors(), ...looseVectors(), ...hostileVectors(VECTOR_KEY)]
