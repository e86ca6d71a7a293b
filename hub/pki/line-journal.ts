// An append-only file of JSON lines, each behind its checksum: `crc32 as 8 hex digits, space, JSON, newline`. A torn last line is a
// write that never was acknowledged and goes; a damaged line before it is reported, and the rest still counts.
import { dirname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Disk, DiskFile } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { makeDir, readWhole, replaceFile } from '../core/replace-file.ts'

export interface LineJournal {
  /** Resolves when the line is durable; one at a time, in order. DISK: it counts as not written, and is cut away before the next. */
  append(value: unknown): Promise<void>
}

export interface OpenedJournal {
  journal: LineJournal
  lines: number
  /** Line numbers (from 1) whose checksum is wrong. */
  damaged: number[]
}

const MAX_BYTES = 64 * 1024 * 1024

/** The bytes of one line. */
export function encodeLine(value: unknown): Buffer {
  const text = JSON.stringify(value)
  return Buffer.from(`${crc32(text).toString(16).padStart(8, '0')} ${text}\n`)
}

/** What a line says, or undefined when its checksum is wrong. */
function decodeLine(line: string): unknown {
  const text = line.slice(9)
  if (line[8] !== ' ' || line.slice(0, 8) !== crc32(text).toString(16).padStart(8, '0')) return undefined
  return JSON.parse(text)
}

/**
 * Opens or creates the journal and gives each line's value to `replay`. `snapshot` stands for all of it in fewer lines; the file is
 * started over from it when it has `linesMax` lines more, or damage. DISK.
 */
export async function openLineJournal(parts: {
  path: string
  disk: Disk
  linesMax: number
  replay(value: unknown): void
  snapshot(): unknown[]
}): Promise<OpenedJournal> {
  const { path, disk } = parts
  await makeDir(disk, dirname(path))
  const bytes = Buffer.from((await readWhole(disk, path, MAX_BYTES)) ?? [])
  const wholeBytes = bytes.lastIndexOf(0x0a) + 1
  const lines = bytes.subarray(0, wholeBytes).toString('utf8').split('\n').slice(0, -1)
  const damaged: number[] = []
  for (const [index, line] of lines.entries()) {
    const value = decodeLine(line)
    if (value === undefined) damaged.push(index + 1)
    else parts.replay(value)
  }
  const snapshot = parts.snapshot()
  let sizeBytes = wholeBytes
  if (bytes.length === 0 || damaged.length > 0 || lines.length > snapshot.length + parts.linesMax) {
    const fresh = Buffer.concat(snapshot.map(encodeLine))
    await replaceFile(disk, path, fresh)
    sizeBytes = fresh.length
  } else if (wholeBytes < bytes.length) await cut(disk, path, wholeBytes)

  let isTorn = false
  async function write(line: Buffer) {
    try {
      const file = await disk.open(path, 'write')
      try {
        // A write that failed may have left a part: it must not stand in front of the next line.
        if (isTorn) await file.truncate(sizeBytes)
        isTorn = true
        await file.write(line, sizeBytes)
        await file.sync()
      } finally {
        await file.close()
      }
    } catch (cause) {
      throw new RoostError('DISK', `${path} cannot be written: ${(cause as Error).message}`, { cause })
    }
    isTorn = false
    sizeBytes += line.length
  }

  let last: Promise<unknown> = Promise.resolve()
  return {
    lines: lines.length,
    damaged,
    journal: {
      append(value) {
        const next = last.then(() => write(encodeLine(value)))
        last = next.catch(() => {})
        return next
      },
    },
  }
}

async function cut(disk: Disk, path: string, sizeBytes: number) {
  let file: DiskFile | null = null
  try {
    file = await disk.open(path, 'write')
    await file.truncate(sizeBytes)
    await file.sync()
  } catch (cause) {
    throw new RoostError('DISK', `${path} cannot be cut: ${(cause as Error).message}`, { cause })
  } finally {
    await file?.close()
  }
}
