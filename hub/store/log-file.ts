// The log of an open bucket: a magic, a checkpoint of what was known before, then a frame for each group commit.
import { basename } from 'node:path'
import type { Disk } from '../core/disk.ts'
import { parseName } from './files.ts'
import { type Damage, findFrame, type Salt, scanFrames } from './frame.ts'
import { readAround } from './read-around.ts'
import { type RecordVisitor, visitRecords } from './record.ts'

export const LOG_MAGIC = Buffer.from('RLOG0001')

/** What the checksums of a file's frames begin with: of a log its number, 0 of any other file. */
export function saltOf(path: string): Salt {
  const name = parseName(basename(path))
  return name?.kind === 'log' ? name.bucket : 0
}

export interface LogRead {
  /** Where the good frames end: what is behind is a torn tail. */
  endBytes: number
  sizeBytes: number
  /** The tail is room that was made in advance: nothing but zeros. */
  isTailEmpty: boolean
  /** False: it was cut off while it was made, nothing was ever committed to it. */
  isBegun: boolean
  /** False: a part could not be read now. It may be readable another time: the file must not be changed. */
  isReadable: boolean
}

/** Gives every record of a log to the visitor. */
export async function readLog(
  disk: Disk,
  path: string,
  visitor: RecordVisitor,
  damaged: (damage: Damage) => void,
): Promise<LogRead> {
  const file = await disk.open(path, 'read')
  try {
    const sizeBytes = await file.sizeBytes()
    const bad = (offsetBytes: number, reason: string) => damaged({ file: path, offsetBytes, reason })
    let isReadable = true
    const bytes = await readAround(file, 0, sizeBytes, (offsetBytes, reason) => {
      isReadable = false
      bad(offsetBytes, reason)
    })
    let isBegun = false
    const begun = () => {
      isBegun = true
    }
    const visit = (body: Buffer, offsetBytes: number) => {
      if (!visitRecords(body, { ...visitor, begun })) bad(offsetBytes, 'records')
    }
    if (!bytes.subarray(0, LOG_MAGIC.length).equals(LOG_MAGIC)) {
      // A magic that was there once is followed by frames; one that was never written is not.
      if (findFrame(bytes, 0) < 0) return { endBytes: 0, sizeBytes, isTailEmpty: sizeBytes === 0, isBegun, isReadable }
      bad(0, 'magic')
    }
    const onBad = (offsetBytes: number, reason: string) => {
      begun() // a good frame stands behind the damage
      bad(offsetBytes, reason)
    }
    const endBytes = scanFrames(bytes, LOG_MAGIC.length, visit, onBad, saltOf(path))
    const isTailEmpty = bytes.subarray(endBytes).every((byte) => byte === 0)
    return { endBytes, sizeBytes, isTailEmpty, isBegun, isReadable }
  } finally {
    await file.close()
  }
}
