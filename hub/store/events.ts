// Event files: diagnostics, alarms, audit and the like in one stream, heartbeats in another, so that many of the latter never push out
// one of the former. Frames of records, written once when a log is sealed.
import type { Disk } from '../core/disk.ts'
import { createFrame, type Damage, scanFrames } from './frame.ts'
import { readAround } from './read-around.ts'
import { visitRecords } from './record.ts'
import type { EventKind, StoredEvent } from './store.ts'

export const EVENTS_MAGIC = Buffer.from('REVT0001')
/** The file ends with an empty frame: without it the file was never finished. */
const END = createFrame(new Uint8Array(0))

export interface EventQuery {
  kind?: EventKind
  uid?: string
  fromMs?: number
  toMs?: number
}

export const isAsked = (event: StoredEvent, { kind, uid, fromMs, toMs }: EventQuery): boolean =>
  (kind === undefined || event.kind === kind) &&
  (uid === undefined || event.uid === uid) &&
  (fromMs === undefined || event.tMs >= fromMs) &&
  (toMs === undefined || event.tMs < toMs)

/** The bytes of a file with these events, given as records in pieces of about 64 KiB: what a query unpacks at least. */
export const encodeEvents = (pieces: readonly Uint8Array[]): Buffer =>
  Buffer.concat([EVENTS_MAGIC, ...pieces.map((piece) => createFrame(piece)), END])

/** True for the bytes of a finished event file. */
export const isFinishedEvents = (bytes: Buffer): boolean =>
  bytes.subarray(0, EVENTS_MAGIC.length).equals(EVENTS_MAGIC) && bytes.subarray(-END.length).equals(END)

/** All events of a file; what is damaged is told. */
export async function readEvents(disk: Disk, path: string, damaged: (damage: Damage) => void): Promise<StoredEvent[]> {
  const file = await disk.open(path, 'read')
  try {
    const bad = (offsetBytes: number, reason: string) => damaged({ file: path, offsetBytes, reason })
    const bytes = await readAround(file, 0, await file.sizeBytes(), bad)
    const events: StoredEvent[] = []
    const visit = (body: Buffer, offsetBytes: number) => {
      if (!visitRecords(body, { event: (event) => void events.push(event) })) bad(offsetBytes, 'records')
    }
    const endBytes = scanFrames(bytes, EVENTS_MAGIC.length, visit, bad)
    if (endBytes < bytes.length) bad(endBytes, 'tail')
    return events
  } finally {
    await file.close()
  }
}
