// The log of an open bucket: a magic, a checkpoint of what was known before, then a frame for each group commit.
import type { Disk } from '../core/disk.ts'
import { type Damage, scanFrames } from './frame.ts'
import { type RecordVisitor, visitRecords } from './record.ts'
import { asBuffer } from './table-file.ts'

export const LOG_MAGIC = Buffer.from('RLOG0001')

/**
 * Gives every record of a log to the visitor. Resolves with where its good frames end: what is behind is a torn tail. A log whose
 * magic is not there was cut off while it was made: 0.
 */
export async function readLog(
  disk: Disk,
  path: string,
  visitor: RecordVisitor,
  damaged: (damage: Damage) => void,
): Promise<{ endBytes: number; sizeBytes: number }> {
  const file = await disk.open(path, 'read')
  try {
    const sizeBytes = await file.sizeBytes()
    const bytes = asBuffer(await file.read(0, sizeBytes))
    if (!bytes.subarray(0, LOG_MAGIC.length).equals(LOG_MAGIC)) return { endBytes: 0, sizeBytes }
    const bad = (offsetBytes: number, reason: string) => damaged({ file: path, offsetBytes, reason })
    const visit = (body: Buffer, offsetBytes: number) => {
      if (!visitRecords(body, visitor)) bad(offsetBytes, 'records')
    }
    return { endBytes: scanFrames(bytes, LOG_MAGIC.length, visit, bad), sizeBytes }
  } finally {
    await file.close()
  }
}
