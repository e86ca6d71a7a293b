// Rows that are no longer shown: what a wrong clock had placed and was copied to its right place since (time/corrections.ts). They stay where
// they were written; a small file for each such stretch says which, and every reader passes over them (FORMAT.md, "Forgotten stretches").
import { join } from 'node:path'
import type { Disk } from '../core/disk.ts'
import { unlinkIfThere } from '../core/replace-file.ts'
import type { SampleBlock } from '../core/sample.ts'
import { createFrame, type Damage, readFrame } from './frame.ts'

/** Of all series, in buckets after `after` up to `bucketMax`, rows in [fromMs, toMs), but for those with `flags & keepMask = keepFlags`. */
export interface Forgotten {
  after: number
  bucketMax: number
  fromMs: number
  toMs: number
  keepMask: number
  keepFlags: number
}

/** Each is looked at by every query; a clock that is wrong more often has a fault that nothing here mends. */
export const FORGOTTEN_MAX = 64
const MAGIC = Buffer.from('RFGT0001')
const BODY_BYTES = 28
const NAME = /^forget-(\d{8})\.rfgt$/
const FILE_MAX_BYTES = 4_096

export const forgottenPath = (dir: string, { bucketMax }: Forgotten): string =>
  join(dir, `forget-${String(bucketMax).padStart(8, '0')}.rfgt`)

/** What applies to a bucket of this number in [fromMs, toMs). */
export const forgottenIn = (all: readonly Forgotten[], bucket: number, fromMs: number, toMs: number): Forgotten[] =>
  all.filter((one) => bucket > one.after && bucket <= one.bucketMax && one.fromMs < toMs && one.toMs > fromMs)

export const isForgotten = (list: readonly Forgotten[], tMs: number, flags: number): boolean =>
  list.some(({ fromMs, toMs, keepMask, keepFlags }) => tMs >= fromMs && tMs < toMs && (flags & keepMask) !== keepFlags)

/** The rows of a block that are still shown; the block itself when all are. */
export function withoutForgotten(block: SampleBlock, list: readonly Forgotten[]): SampleBlock {
  const { tMs, value, absent, state, flags } = block
  const rows: number[] = []
  for (let i = 0; i < block.count; i++) if (!isForgotten(list, tMs[i]!, flags[i]!)) rows.push(i)
  if (rows.length === block.count) return block
  return {
    count: rows.length,
    tMs: Float64Array.from(rows, (i) => tMs[i]!),
    value: Float64Array.from(rows, (i) => value[i]!),
    absent: Uint8Array.from(rows, (i) => absent[i]!),
    state: Uint8Array.from(rows, (i) => state[i]!),
    flags: Uint16Array.from(rows, (i) => flags[i]!),
  }
}

export function encodeForgotten({ after, bucketMax, fromMs, toMs, keepMask, keepFlags }: Forgotten): Buffer {
  const body = Buffer.alloc(BODY_BYTES)
  body.writeDoubleLE(fromMs, 0)
  body.writeDoubleLE(toMs, 8)
  body.writeUInt32LE(bucketMax, 16)
  body.writeUInt16LE(keepMask, 20)
  body.writeUInt16LE(keepFlags, 22)
  body.writeUInt32LE(after, 24)
  return Buffer.concat([MAGIC, createFrame(body)])
}

/** What a file says; null when it was never finished or is damaged. */
export function decodeForgotten(bytes: Buffer): Forgotten | null {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return null
  const frame = readFrame(bytes, MAGIC.length)
  if (!('body' in frame) || frame.body.length < BODY_BYTES) return null
  const { body } = frame
  return {
    fromMs: body.readDoubleLE(0),
    toMs: body.readDoubleLE(8),
    bucketMax: body.readUInt32LE(16),
    keepMask: body.readUInt16LE(20),
    keepFlags: body.readUInt16LE(22),
    after: body.readUInt32LE(24),
  }
}

/** Reads those that a directory lists. One that cannot be read is told; its rows are shown again, and none is lost. */
export async function openForgotten(
  disk: Disk,
  dir: string,
  names: readonly string[],
  onDamage: (damage: Damage) => void,
): Promise<Forgotten[]> {
  const found: Forgotten[] = []
  for (const name of names.filter((each) => NAME.test(each)).slice(-FORGOTTEN_MAX)) {
    const path = join(dir, name)
    const one = await readOne(disk, path).catch(() => null)
    if (one) found.push(one)
    else onDamage({ file: path, offsetBytes: 0, reason: 'forgotten' })
  }
  return found
}

async function readOne(disk: Disk, path: string): Promise<Forgotten | null> {
  const file = await disk.open(path, 'read')
  try {
    return decodeForgotten(Buffer.from(await file.read(0, Math.min(FILE_MAX_BYTES, await file.sizeBytes()))))
  } finally {
    await file.close()
  }
}

/** Durable when it resolves. Rejects with the disk's error; a half written file says nothing. */
export async function writeForgotten(disk: Disk, dir: string, one: Forgotten): Promise<void> {
  await unlinkIfThere(disk, forgottenPath(dir, one))
  const file = await disk.open(forgottenPath(dir, one), 'create')
  try {
    await file.write(encodeForgotten(one), 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await disk.syncDir(dir)
}
