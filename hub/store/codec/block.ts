// Interim block codec: columns as they are, packed by zstd.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { SampleBlock } from '../../core/sample.ts'

const ROW = 20
export const ROWS_MAX = 16_384

export function encodeBlock(block: SampleBlock, from: number, to: number): Uint8Array {
  const n = to - from
  const raw = Buffer.alloc(4 + n * ROW)
  raw.writeUInt32LE(n, 0)
  Buffer.from(block.tMs.buffer, block.tMs.byteOffset + from * 8, n * 8).copy(raw, 4)
  Buffer.from(block.value.buffer, block.value.byteOffset + from * 8, n * 8).copy(raw, 4 + n * 8)
  Buffer.from(block.absent.buffer, block.absent.byteOffset + from, n).copy(raw, 4 + n * 16)
  Buffer.from(block.state.buffer, block.state.byteOffset + from, n).copy(raw, 4 + n * 17)
  for (let i = 0; i < n; i++) raw.writeUInt16LE(block.flags[from + i]!, 4 + n * 18 + i * 2)
  return zstdCompressSync(raw)
}

export function decodeBlock(bytes: Uint8Array, into: SampleBlock): string | null {
  let raw: Buffer
  try {
    raw = zstdDecompressSync(bytes, { maxOutputLength: 4 + ROWS_MAX * ROW })
  } catch {
    return 'packing'
  }
  const n = raw.length >= 4 ? raw.readUInt32LE(0) : -1
  if (n < 0 || n > ROWS_MAX || raw.length !== 4 + n * ROW) return 'length'
  into.count = n
  for (let i = 0; i < n; i++) {
    into.tMs[i] = raw.readDoubleLE(4 + i * 8)
    into.value[i] = raw.readDoubleLE(4 + n * 8 + i * 8)
    into.absent[i] = raw[4 + n * 16 + i]!
    into.state[i] = raw[4 + n * 17 + i]!
    into.flags[i] = raw.readUInt16LE(4 + n * 18 + i * 2)
  }
  return null
}
