// Hostile bytes by seed: whatever comes, a decoder gives a value that keeps the contract or a reason of its closed list.
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { allVectors, VECTOR_KEY } from '../../scripts/vector-list.ts'
import { SENSOR_STATES } from '../core/sample.ts'
import { encodeCbor } from './cbor.ts'
import { COMMAND_TYPES, commandReasons, decodeCommand } from './command.ts'
import { CONFIG_REASONS, decodeConfig } from './config.ts'
import { createDataMessage, DATA_REASONS, decodeData } from './data.ts'
import { DIAG_REASONS, decodeDiag } from './diag.ts'
import { decodeHeartbeat, HEARTBEAT_REASONS } from './heartbeat.ts'
import { decodeLoraFrame, LORA_FRAME_REASONS } from './lora-frame.ts'
import * as ota from './ota.ts'
import { decodePeerFrame, PEER_FRAME_REASONS } from './peer-frame.ts'
import { decodeReply, REPLY_REASONS } from './reply.ts'
import { scanCbor } from './scan.ts'
import { decodeSystem, SYSTEM_REASONS } from './system.ts'

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000_007)
const message = createDataMessage()
type Read = (bytes: Uint8Array) => string | null
const reasonOf =
  (decode: (bytes: Uint8Array) => { ok: true } | { ok: false; reason: string }): Read =>
  (bytes) => {
    const result = decode(bytes)
    return result.ok ? null : result.reason
  }

const DECODERS: [name: string, read: Read, reasons: readonly string[]][] = [
  ['data', (bytes) => decodeData(bytes, message), DATA_REASONS],
  ['heartbeat', reasonOf(decodeHeartbeat), HEARTBEAT_REASONS],
  ['system', reasonOf(decodeSystem), SYSTEM_REASONS],
  ['diag', reasonOf(decodeDiag), DIAG_REASONS],
  ['reply', reasonOf(decodeReply), REPLY_REASONS],
  ['config', reasonOf(decodeConfig), CONFIG_REASONS],
  ...COMMAND_TYPES.map(
    (type) =>
      [`command/${type}`, reasonOf((bytes) => decodeCommand(type, bytes)), commandReasons(type)] as [
        string,
        Read,
        readonly string[],
      ],
  ),
  ['ota/offer', reasonOf(ota.decodeOtaOffer), ota.OTA_REASONS.offer],
  ['ota/status', reasonOf(ota.decodeOtaStatus), ota.OTA_REASONS.status],
  ['ota/request', reasonOf(ota.decodeOtaRequest), ota.OTA_REASONS.request],
  ['ota/chunk', reasonOf(ota.decodeOtaChunk), ota.OTA_REASONS.chunk],
  ['ota/cancel', reasonOf(ota.decodeOtaCancel), ota.OTA_REASONS.cancel],
  ['peer-frame', reasonOf((bytes) => decodePeerFrame(bytes, VECTOR_KEY)), PEER_FRAME_REASONS],
  ['lora-frame', reasonOf((bytes) => decodeLoraFrame(bytes, VECTOR_KEY)), LORA_FRAME_REASONS],
]
const vectors = allVectors()

/** One to four of: a byte changed, a part cut out, doubled, or exchanged for one of another vector. */
const mutant = fc
  .tuple(
    fc.constantFrom(...vectors),
    fc.array(
      fc.tuple(fc.nat(3), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.nat(255), fc.nat(24)),
      { minLength: 1, maxLength: 4 },
    ),
    fc.constantFrom(...vectors),
  )
  .map(([vector, changes, other]) => {
    let bytes = Buffer.from(vector.bytes)
    for (const [kind, place, byte, length] of changes) {
      const at = Math.floor(place * bytes.length)
      if (kind === 0 && bytes.length > 0) bytes[at] = byte
      else if (kind === 1) bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + length)])
      else if (kind === 2) bytes = Buffer.concat([bytes.subarray(0, at + length), bytes.subarray(at)])
      else
        bytes = Buffer.concat([
          bytes.subarray(0, at),
          other.bytes.slice(byte % 8, (byte % 8) + length),
          bytes.subarray(at),
        ])
    }
    return { kind: vector.kind, bytes: new Uint8Array(bytes) }
  })

function expectDataInRange() {
  const { block, clk, up, rid, unit, boot, t } = message
  expect(clk >= 0 && clk <= 2 && up >= -1 && rid >= -1 && boot >= 0 && t >= 0 && unit.length > 0).toBe(true)
  expect(block.count >= 1 && block.count <= 256).toBe(true)
  for (let i = 0; i < block.count; i++) {
    expect(Number.isInteger(block.tMs[i])).toBe(true)
    expect(block.absent[i] === 1 ? Number.isNaN(block.value[i]) : Number.isFinite(block.value[i])).toBe(true)
    expect(block.state[i]! < SENSOR_STATES.length && block.flags[i]! <= 255).toBe(true)
  }
}

test(`mutated vectors give a value or a known reason in every decoder (SEED=${SEED})`, () => {
  const closed = new Map(DECODERS.map(([name, , reasons]) => [name, new Set(reasons)]))
  fc.assert(
    fc.property(mutant, ({ kind, bytes }) => {
      for (const [name, read] of DECODERS) {
        if (name !== kind && bytes.length % 5 > 0) continue // mostly its own decoder, now and then all of them
        const reason = read(bytes)
        if (reason !== null && !closed.get(name)!.has(reason)) throw new Error(`${name}: unknown reason ${reason}`)
        if (reason === null && name === 'data') expectDataInRange()
      }
    }),
    { seed: SEED, numRuns: 6_000 },
  )
})

test(`random bytes never are a payload by accident of the decoder (SEED=${SEED})`, () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const scan = scanCbor(bytes)
      for (const [name, read] of DECODERS) {
        if (name.endsWith('-frame')) continue
        const reason = read(bytes)
        // The bytes are judged before the fields, and alike by the hand-written decoders and the others.
        if (scan) expect(reason).toBe(scan)
        else expect(reason).not.toBeNull()
      }
    }),
    { seed: SEED, numRuns: 3_000 },
  )
})

test('a payload that claims a huge count costs neither memory nor time', () => {
  const claims = ['9bffffffffffffffff', 'bb001fffffffffffff', '5b00000fffffffffff', '7a7fffffff', '9a00ffffff']
  const bombs = claims.map((claim) => Uint8Array.from(Buffer.from(`a26176016173${claim}`, 'hex')))
  const manyKeys = encodeCbor({ v: 1, ...Object.fromEntries(Array.from({ length: 1_300 }, (_, i) => [`k${i}`, 0])) })
  const beforeBytes = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  const fromMs = performance.now()
  for (let i = 0; i < 200; i++)
    for (const [, read] of DECODERS) for (const bomb of bombs) expect(read(bomb)).not.toBeNull()
  for (const [, read] of DECODERS) expect(read(manyKeys)).not.toBeNull()
  const grownBytes = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - beforeBytes
  expect(grownBytes).toBeLessThan(64e6)
  expect(performance.now() - fromMs).toBeLessThan(10_000)
})

test(`a field of a wrong type or out of range is refused by its name (SEED=${SEED})`, () => {
  const fields = { boot: 1, seq: 2, clk: 2, t: 3, unit: 'Cel', s: [[0, 1, 2, 1]] }
  const value = fc.oneof(
    fc.integer(),
    fc.double(),
    fc.string({ maxLength: 3 }),
    fc.constant(null),
    fc.boolean(),
    fc.constant([]),
  )
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(fields)), value, (key, each) => {
      const reason = decodeData(encodeCbor({ v: 1, ...fields, [key]: each } as never), message)
      const isInt = Number.isInteger(each)
      const right =
        key === 'unit'
          ? typeof each === 'string' && each.length > 0 && Buffer.byteLength(each) <= 16
          : key !== 's' && isInt
      if (reason === null) expect(right).toBe(true)
      else expect(reason === `type:${key}` || reason === `range:${key}` || reason === 'integer-too-large').toBe(true)
    }),
    { seed: SEED },
  )
})
