// The golden vectors: what the hub reads and writes, byte for byte. The same files are read by the firmware's tests.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { vectorFiles } from '../../scripts/vectors.ts'
import { sampleAt } from '../core/sample.ts'
import { COMMAND_TYPES, type Command, type CommandType, decodeCommand, encodeCommand } from './command.ts'
import { type Config, decodeConfig, encodeConfig } from './config.ts'
import { createDataMessage, type DataFields, decodeData, encodeData } from './data.ts'
import { decodeDiag, encodeDiag } from './diag.ts'
import { decodeHeartbeat, encodeHeartbeat } from './heartbeat.ts'
import { decodeLoraFrame, encodeLoraFrame } from './lora-frame.ts'
import * as ota from './ota.ts'
import { decodePeerFrame, encodePeerFrame } from './peer-frame.ts'
import { decodeReply, encodeReply } from './reply.ts'
import type { Decoded } from './shape.ts'
import { decodeSystem, encodeSystem } from './system.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const dir = join(root, 'test/vectors')
const rows = readFileSync(join(dir, 'index.tsv'), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map(
    (line) =>
      line.split('\t') as [name: string, kind: string, file: string, expect: string, canonical: string, key: string],
  )

interface Codec {
  decode(bytes: Uint8Array): Decoded<unknown>
  encode(value: never): Uint8Array
}

/** The columns of a decoded message as the fields that make it. */
function decodeDataFields(bytes: Uint8Array): Decoded<DataFields> {
  const message = createDataMessage()
  const reason = decodeData(bytes, message)
  if (reason !== null) return { ok: false, reason }
  const { boot, seq, clk, t, up, unit, rid, block } = message
  const s = Array.from({ length: block.count }, (_, i) => {
    const { tMs, value, state, flags } = sampleAt(block, i)
    return [tMs, value, state, flags] as const
  })
  return { ok: true, value: { boot, seq, clk, t, ...(up < 0 ? {} : { up }), unit, s, ...(rid < 0 ? {} : { rid }) } }
}

const command = (type: CommandType): Codec => ({
  decode: (bytes) => decodeCommand(type, bytes),
  encode: (value: Command<typeof type>) => encodeCommand(type, value),
})
const codecs = (key: Uint8Array): Record<string, Codec> => ({
  data: { decode: decodeDataFields, encode: encodeData },
  heartbeat: { decode: decodeHeartbeat, encode: encodeHeartbeat },
  system: { decode: decodeSystem, encode: encodeSystem },
  diag: { decode: decodeDiag, encode: encodeDiag },
  reply: { decode: decodeReply, encode: encodeReply },
  config: { decode: decodeConfig, encode: (value: Config) => encodeConfig(value) },
  ...Object.fromEntries(COMMAND_TYPES.map((type) => [`command/${type}`, command(type)])),
  'ota/offer': { decode: ota.decodeOtaOffer, encode: ota.encodeOtaOffer },
  'ota/status': { decode: ota.decodeOtaStatus, encode: ota.encodeOtaStatus },
  'ota/request': { decode: ota.decodeOtaRequest, encode: ota.encodeOtaRequest },
  'ota/chunk': { decode: ota.decodeOtaChunk, encode: ota.encodeOtaChunk },
  'ota/cancel': { decode: ota.decodeOtaCancel, encode: ota.encodeOtaCancel },
  'peer-frame': {
    decode: (bytes) => decodePeerFrame(bytes, key),
    encode: (value: Parameters<typeof encodePeerFrame>[0]) => encodePeerFrame(value, key),
  },
  'lora-frame': {
    decode: (bytes) => decodeLoraFrame(bytes, key),
    encode: (value: Parameters<typeof encodeLoraFrame>[0]) => encodeLoraFrame(value, key),
  },
})

/** The value of a vector's JSON, bytes and counters made whole again. */
const readValue = (name: string) =>
  JSON.parse(readFileSync(join(dir, `${name}.json`), 'utf8'), (_, each: { $hex?: string; $uint?: string } | null) => {
    if (typeof each !== 'object' || each === null) return each
    if (each.$hex !== undefined) return new Uint8Array(Buffer.from(each.$hex, 'hex'))
    return each.$uint !== undefined ? BigInt(each.$uint) : each
  }).value

/** Buffers and Uint8Arrays of the same bytes are the same value. */
const plainBytes = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return new Uint8Array(value)
  if (Array.isArray(value)) return value.map(plainBytes)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plainBytes(each)]))
}

describe.each(rows)('vector %s (%s)', (name, kind, file, expected, canonical, keyHex) => {
  const bytes = new Uint8Array(readFileSync(join(dir, file)))
  const codec = codecs(Buffer.from(keyHex === '-' ? '' : keyHex, 'hex'))[kind]!
  const decoded = codec.decode(bytes)

  test('is read as its JSON says', () => {
    if (expected !== 'ok') return expect(decoded).toEqual({ ok: false, reason: expected })
    expect(decoded.ok).toBe(true)
    // A payload of a later minor version has keys more; those that we know are the same.
    expect(plainBytes(decoded.ok && decoded.value)).toEqual(readValue(name))
  })

  if (canonical === 'yes') {
    test('is written byte for byte', () => {
      expect(Buffer.from(codec.encode(readValue(name) as never)).toString('hex')).toBe(
        Buffer.from(bytes).toString('hex'),
      )
    })
  }
})

test('every kind of payload and frame has good and hostile vectors', () => {
  for (const kind of Object.keys(codecs(new Uint8Array(16)))) {
    expect(rows.some((row) => row[1] === kind && row[3] === 'ok')).toBe(true)
    const family = kind.split('/')[0]!
    expect(rows.some((row) => row[1].startsWith(family) && row[3] !== 'ok')).toBe(true)
  }
})

test('the files and the firmware’s header are in step with the code (npm run vectors)', () => {
  const wrong = [...vectorFiles()].filter(([path, content]) => !readFileSync(join(root, path)).equals(content))
  expect(wrong.map(([path]) => path)).toEqual([])
})
