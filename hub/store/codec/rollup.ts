// Interim roll-up codec: columns as they are, packed by zstd.
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import type { RollupRows } from '../rollup.ts'

const COLUMNS = ['startMs', 'samples', 'valid', 'min', 'max', 'sum', 'lastMs', 'last'] as const
const ROWS_MAX = 16_384

export function encodeRollup(rows: RollupRows, _stepMs: number): Uint8Array {
  const raw = Buffer.alloc(4 + rows.count * 8 * COLUMNS.length)
  raw.writeUInt32LE(rows.count, 0)
  let at = 4
  for (const name of COLUMNS) for (let i = 0; i < rows.count; i++, at += 8) raw.writeDoubleLE(rows[name][i]!, at)
  return zstdCompressSync(raw)
}

export function decodeRollup(bytes: Uint8Array, into: RollupRows): string | null {
  let raw: Buffer
  try {
    raw = zstdDecompressSync(bytes, { maxOutputLength: 4 + ROWS_MAX * 8 * COLUMNS.length })
  } catch {
    return 'packing'
  }
  const n = raw.length >= 4 ? raw.readUInt32LE(0) : -1
  if (n < 0 || n > ROWS_MAX || raw.length !== 4 + n * 8 * COLUMNS.length) return 'length'
  into.count = n
  let at = 4
  for (const name of COLUMNS) for (let i = 0; i < n; i++, at += 8) into[name][i] = raw.readDoubleLE(at)
  return null
}
