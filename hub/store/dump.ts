// Shows a file of the store piece by piece, for whoever wants to see what is really there.
import { basename } from 'node:path'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { parseName, parseSpanName } from './files.ts'
import { scanFrames } from './frame.ts'
import { LOG_MAGIC, saltOf } from './log-file.ts'
import { readAround } from './read-around.ts'
import { type RecordVisitor, visitRecords } from './record.ts'
import { TableFile } from './table-file.ts'

/** One object for each frame of a log or event file, or each block of a table file, and its footer. BAD_OPTION for any other file. */
export async function* dumpFile(disk: Disk, path: string): AsyncGenerator<object> {
  const name = basename(path)
  const kind = parseSpanName(name) ? 'roll' : parseName(name)?.kind
  if (!kind) throw new RoostError('BAD_OPTION', `${name} is no file of the store`)
  if (kind === 'raw' || kind === 'roll') yield* dumpTable(disk, path)
  else yield* await dumpFrames(disk, path)
}

async function dumpFrames(disk: Disk, path: string): Promise<object[]> {
  const file = await disk.open(path, 'read')
  try {
    const lines: object[] = []
    const unread = (offsetBytes: number, reason: string) => void lines.push({ offsetBytes, damaged: reason })
    const bytes = await readAround(file, 0, await file.sizeBytes(), unread)
    const endBytes = scanFrames(
      bytes,
      LOG_MAGIC.length,
      (body, offsetBytes) => void lines.push({ offsetBytes, records: recordsOf(body) }),
      (offsetBytes, reason) => void lines.push({ offsetBytes, damaged: reason }),
      saltOf(path),
    )
    return [...lines, { offsetBytes: endBytes, tailBytes: bytes.length - endBytes }]
  } finally {
    await file.close()
  }
}

function recordsOf(body: Buffer): object[] {
  const records: object[] = []
  const visitor: Required<RecordVisitor> = {
    series: (id, uid, sensor, unit) => void records.push({ series: id, uid, sensor, unit }),
    source: (id, uid, topic) => void records.push({ source: id, uid, topic }),
    message: (source, boot, seq) => void records.push({ message: source, boot, seq }),
    seen: (source, boot, highest, runs) => void records.push({ seen: source, boot, highest, runs }),
    samples: (id, { count, tMs, value, meta }) =>
      void records.push({
        samples: id,
        rows: Array.from({ length: count }, (_, i) => [tMs[i], String(value[i]), meta[i]]),
      }),
    latest: (id, { tMs, value }, firstMs) =>
      void records.push({ latest: id, tMs: tMs[0], value: String(value[0]), firstMs }),
    event: ({ tMs, kind, uid, body: own }) => void records.push({ event: kind, tMs, uid, bytes: own.length }),
    begun: () => void records.push({ begun: true }),
  }
  if (!visitRecords(body, visitor)) records.push({ damaged: 'records' })
  return records
}

async function* dumpTable(disk: Disk, path: string): AsyncGenerator<object> {
  const finished = await TableFile.open(disk, path)
  const table = finished ?? (await TableFile.salvage(disk, path))
  if (!table) {
    yield { damaged: 'no block' }
    return
  }
  const bad: object[] = []
  for await (const { block, offsetBytes } of table.walk((at, reason) =>
    bad.push({ offsetBytes: at, damaged: reason }),
  )) {
    const { table: number, series, firstMs, lastMs, body } = block
    yield { offsetBytes, table: number, series, firstMs, lastMs, bytes: body.length }
  }
  yield* bad
  yield finished ? { footer: finished.footer } : { damaged: 'footer' }
  await table.close()
}
