// The hostile vectors: each has one flaw, and the reason that every decoder must give for it.
import { createCipheriv } from 'node:crypto'
import { encodeCbor } from '../hub/wire/cbor.ts'
import { encodePeerFrame } from '../hub/wire/peer-frame.ts'
import type { Vector } from './vector-list.ts'

const bad = (kind: string, name: string, bytes: Uint8Array, reason: string): Vector => ({
  name: `bad-${name}`,
  kind,
  bytes,
  expect: reason,
  isCanonical: false,
})
const hex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
const cbor = (value: object) => encodeCbor(value as never)

const sample = [0, 21.5, 2, 1]
const data = { v: 1, boot: 1, seq: 2, clk: 2, t: 3, unit: 'Cel', s: [sample] }
const without = (value: Record<string, unknown>, key: string) => {
  const { [key]: _, ...rest } = value
  return rest
}
const beat = {
  v: 1,
  boot: 1,
  seq: 2,
  clk: 2,
  t: 3,
  uptime: 4,
  fw_version: '1',
  free_heap: 5,
  min_heap: 5,
  rssi: -60,
  error_bitmap: 0,
  state: 1,
  backlog: 0,
}
/** A `data` map of one more key than there should be: `a8` and seven good pairs, then the pair in hex. */
const dataAnd = (pair: string) => {
  const bytes = cbor(data)
  return Uint8Array.of(0xa8, ...bytes.subarray(1), ...hex(pair))
}

function badBytes(kind: 'data' | 'heartbeat' | 'reply', value: object): Vector[] {
  const whole = cbor(value)
  const each = (name: string, bytes: Uint8Array, reason: string) => bad(kind, `${kind}-${name}`, bytes, reason)
  const plus = (pair: string) => Uint8Array.of(whole[0]! + 1, ...whole.subarray(1), ...hex(pair))
  return [
    each('empty', new Uint8Array(0), 'truncated'),
    each('cut', whole.subarray(0, whole.length - 1), 'truncated'),
    each('trailing', Uint8Array.of(...whole, 0), 'trailing-bytes'),
    each('long', plus(`617a 59 2000 ${'00'.repeat(8_192)}`), 'too-long'),
    each('no-map', hex('8101'), 'not-map'),
    each('text', new TextEncoder().encode('{"v":1}'), 'truncated'),
    each('indefinite', plus('617a 9f ff'), 'indefinite-length'),
    each('break', plus('617a ff'), 'not-cbor'),
    each('reserved', plus('617a 1c'), 'not-cbor'),
    each('deep', plus('617a 81 81 81 80'), 'too-deep'),
    each('tag', plus('617a c1 00'), 'tag'),
    each('bignum', plus('617a c2 49 010000000000000000'), 'tag'),
    each('undefined', plus('617a f7'), 'simple'),
    each('simple-255', plus('617a f8 ff'), 'simple'),
    each('huge-integer', plus('617a 1b 0020000000000000'), 'integer-too-large'),
    each('huge-negative', plus('617a 3b ffffffffffffffff'), 'integer-too-large'),
    each('utf8', plus('617a 62 c328'), 'utf8'),
    each('integer-key', plus('05 00'), 'key-type'),
    each('duplicate-key', plus('6176 01'), 'duplicate-key'),
    each(
      'duplicate-unknown',
      Uint8Array.of(whole[0]! + 2, ...whole.subarray(1), ...hex('617a 00 617a 00')),
      'duplicate-key',
    ),
    each('huge-array', plus('617a 9b ffffffffffffffff'), 'truncated'),
    each('huge-map', plus('617a ba 7fffffff'), 'truncated'),
    each('huge-bytes', plus('617a 5b 0000ffffffffffff'), 'truncated'),
    each('version-2', cbor({ ...value, v: 2 }), 'version'),
    each('version-text', cbor({ ...value, v: '1' }), 'type:v'),
    each('no-version', cbor(without(value as never, 'v')), 'missing:v'),
  ]
}

const badData = (): Vector[] => {
  const each = (name: string, change: object, reason: string) =>
    bad('data', `data-${name}`, cbor({ ...data, ...change }), reason)
  const row = (name: string, change: readonly unknown[], reason: string) => each(name, { s: [change] }, reason)
  return [
    ...['boot', 'seq', 'clk', 't', 'unit', 's'].map((key) =>
      bad('data', `data-no-${key}`, cbor(without(data, key)), `missing:${key}`),
    ),
    each('boot-33-bit', { boot: 0x1_0000_0000 }, 'range:boot'),
    each('seq-text', { seq: '2' }, 'type:seq'),
    each('clk-3', { clk: 3 }, 'range:clk'),
    each('t-negative', { t: -1 }, 'range:t'),
    each('t-year-10000', { t: 253_402_300_800_000 }, 'range:t'),
    each('up-null', { up: null }, 'type:up'),
    each('rid-half', { rid: 0.5 }, 'type:rid'),
    each('unit-empty', { unit: '' }, 'range:unit'),
    each('unit-long', { unit: 'x'.repeat(17) }, 'range:unit'),
    each('samples-none', { s: [] }, 'range:s'),
    each('samples-257', { s: Array.from({ length: 257 }, () => [0, 1, 2, 1]) }, 'range:s'),
    each('samples-map', { s: {} }, 'type:s'),
    row('sample-short', [0, 1, 2], 'range:sample'),
    row('sample-long', [0, 1, 2, 1, 0], 'range:sample'),
    each('sample-number', { s: [5] }, 'type:sample'),
    row('dt-negative', [-1, 1, 2, 1], 'range:dt'),
    each(
      'dt-back',
      {
        s: [
          [5, 1, 2, 1],
          [4, 1, 2, 1],
        ],
      },
      'order:dt',
    ),
    row('value-text', [0, '21', 2, 1], 'type:value'),
    row('value-nan', [0, NaN, 2, 1], 'range:value'),
    row('value-infinite', [0, -Infinity, 2, 1], 'range:value'),
    row('state-5', [0, 1, 5, 1], 'range:state'),
    row('flags-256', [0, 1, 2, 256], 'range:flags'),
    row('flags-bool', [0, 1, 2, true], 'type:flags'),
    bad('data', 'data-version-first', dataAnd('6176 02'), 'duplicate-key'),
  ]
}

const badOthers = (): Vector[] => {
  const diag = { v: 1, boot: 1, seq: 2, t: 3, clk: 2, code: 0x1001, sev: 3, count: 1 }
  const system = { v: 1, boot: 1, t: 3, clk: 2, event: 'boot' }
  const link = { ssid: 'a', bssid: new Uint8Array(6), channel: 1, rssi: -1, reconnects: 0 }
  const config = {
    v: 1,
    rev: 1,
    place: { site: 'a', house: 'b', node: 'c' },
    sample_ms: 1_000,
    publish_ms: 5_000,
    sensors: {},
  }
  const offer = {
    v: 1,
    id: 1,
    version: '1',
    secure_version: 0,
    chip: 'esp32s3',
    size: 1,
    sha256: new Uint8Array(32),
    chunk: 4096,
    chunks: 1,
    deadline_s: 60,
  }
  const each = (kind: string, name: string, value: object, reason: string) => bad(kind, name, cbor(value), reason)
  return [
    each('heartbeat', 'heartbeat-no-rssi', without(beat, 'rssi'), 'missing:rssi'),
    each('heartbeat', 'heartbeat-state-6', { ...beat, state: 6 }, 'range:state'),
    each('heartbeat', 'heartbeat-bitmap-33', { ...beat, error_bitmap: 0x1_0000_0000 }, 'range:error_bitmap'),
    each('heartbeat', 'heartbeat-version-number', { ...beat, fw_version: 1.5 }, 'type:fw_version'),
    each('heartbeat', 'heartbeat-rssi-far', { ...beat, rssi: -201 }, 'range:rssi'),
    each('system', 'system-event', { ...system, event: 'party' }, 'range:event'),
    each('system', 'system-hash-31', { ...system, fw_sha256: new Uint8Array(31) }, 'range:fw_sha256'),
    each('system', 'system-link-list', { ...system, link: [] }, 'type:link'),
    each('system', 'system-link-no-ssid', { ...system, link: without(link, 'ssid') }, 'missing:link.ssid'),
    each('system', 'system-link-bssid', { ...system, link: { ...link, bssid: 'x' } }, 'type:link.bssid'),
    each(
      'system',
      'system-sensor-id',
      { ...system, sensors: [{ id: 'a/b', kind: 'k', quantity: 'q', unit: '1', state: 0 }] },
      'range:sensors.id',
    ),
    each('diag', 'diag-severity-5', { ...diag, sev: 5 }, 'range:sev'),
    each('diag', 'diag-subsystem-6', { ...diag, code: 0x6001 }, 'range:code'),
    each('diag', 'diag-arg-bool', { ...diag, arg: true }, 'type:arg'),
    each('diag', 'diag-count-0', { ...diag, count: 0 }, 'range:count'),
    each('command/read', 'command-no-rid', { v: 1, sensors: [] }, 'missing:rid'),
    each('command/read', 'command-read-wildcard', { v: 1, rid: 1, sensors: ['#'] }, 'range:sensors'),
    each('command/actuate', 'command-actuate-101', { v: 1, rid: 1, id: 'w', position: 101 }, 'range:position'),
    each('command/calibrate', 'command-calibrate-step', { v: 1, rid: 1, sensor: 'co2', step: 'all' }, 'range:step'),
    each('command/time', 'command-time-none', { v: 1, rid: 1 }, 'missing:t'),
    each('reply', 'reply-ok-1', { v: 1, rid: 1, ok: 1 }, 'type:ok'),
    each('config', 'config-place', { ...config, place: { site: 'A', house: 'b', node: 'c' } }, 'range:place'),
    each('config', 'config-fast', { ...config, sample_ms: 99 }, 'range:sample_ms'),
    each(
      'config',
      'config-peers-21',
      { ...config, peers: Array.from({ length: 21 }, () => new Uint8Array(6)) },
      'range:peers',
    ),
    each('config', 'config-gain-nan', { ...config, sensors: { a: { gain: NaN } } }, 'range:sensors.gain'),
    each('ota/offer', 'ota-offer-chunk', { ...offer, chunk: 8192 }, 'range:chunk'),
    each('ota/offer', 'ota-offer-large', { ...offer, size: 0x38_0001 }, 'range:size'),
    each('ota/status', 'ota-status-phase', { v: 1, id: 1, phase: 'hope' }, 'range:phase'),
    each('ota/request', 'ota-request-17', { v: 1, id: 1, from: 0, count: 17 }, 'range:count'),
    each('ota/chunk', 'ota-chunk-long', { v: 1, id: 1, n: 0, d: new Uint8Array(4_097) }, 'range:d'),
    each('ota/cancel', 'ota-cancel-text', { v: 1, id: 'x' }, 'type:id'),
  ]
}

function badFrames(key: Uint8Array): Vector[] {
  const address = { source: '0123456789ab', destination: 'a1b2c3d4e5f6' }
  const ping = encodePeerFrame({ ...address, counter: 5n, type: 'ping', upMs: 1 }, key)
  const changed = (at: number, by: number) => ping.map((byte, i) => (i === at ? byte ^ by : byte))
  const each = (kind: string, name: string, bytes: Uint8Array, reason: string) => bad(kind, name, bytes, reason)
  return [
    each('peer-frame', 'peer-empty', new Uint8Array(0), 'short'),
    each('peer-frame', 'peer-cut', ping.subarray(0, 29), 'short'),
    each('peer-frame', 'peer-long', new Uint8Array(251), 'too-long'),
    each('peer-frame', 'peer-version', changed(0, 3), 'version'),
    each('peer-frame', 'peer-counter', changed(14, 1), 'counter'),
    each('peer-frame', 'peer-header-changed', changed(8, 1), 'seal'),
    each('peer-frame', 'peer-body-changed', changed(22, 1), 'seal'),
    each('peer-frame', 'peer-tag-changed', changed(ping.length - 1, 128), 'seal'),
    each('peer-frame', 'peer-type', sealed(key, 9, new Uint8Array(8)), 'type'),
    each('peer-frame', 'peer-body-short', sealed(key, 1, new Uint8Array(7)), 'body'),
    each('peer-frame', 'peer-time-by-nobody', sealed(key, 4, new Uint8Array(17)), 'body'),
    each('lora-frame', 'lora-payload', sealed(key, 0x11, hex('a0')), 'payload'),
    each('lora-frame', 'lora-sensor', sealed(key, 0x12, hex('05 61')), 'body'),
    each('lora-frame', 'lora-peer-type', sealed(key, 1, new Uint8Array(8)), 'type'),
  ]
}

/** A frame with a good seal around a body that no encoder makes. Written out here, so that the vectors do not rest on one function. */
function sealed(key: Uint8Array, type: number, body: Uint8Array): Uint8Array {
  const header = hex(`01 ${type.toString(16).padStart(2, '0')} 0123456789ab a1b2c3d4e5f6 0000000000000007`)
  const nonce = hex('0123456789ab 00000000000007')
  const cipher = createCipheriv('aes-128-ccm', key, nonce, { authTagLength: 8 })
  cipher.setAAD(header, { plaintextLength: body.length })
  const text = Buffer.concat([cipher.update(body), cipher.final()])
  return Uint8Array.of(...header, ...text, ...cipher.getAuthTag())
}

export const hostileVectors = (key: Uint8Array): Vector[] => [
  ...badBytes('data', data),
  ...badBytes('heartbeat', beat),
  ...badBytes('reply', { v: 1, rid: 1, ok: true }),
  ...badData(),
  ...badOthers(),
  ...badFrames(key),
]
