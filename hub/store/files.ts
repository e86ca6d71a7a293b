// The names of the store's files, all in one directory. A bucket has a number; what is made of it carries the same one.
import { join } from 'node:path'

/** `log`: open, being appended to or waiting to be sealed. The rest is written once, when the log is sealed. */
export const FILE_KINDS = ['log', 'raw', 'roll', 'events', 'beats'] as const
export type FileKind = (typeof FILE_KINDS)[number]

const ENDING: Record<FileKind, string> = { log: 'rlog', raw: 'rtbl', roll: 'rtbl', events: 'revt', beats: 'revt' }
const NAME = /^(log|raw|roll|events|beats)-(\d{8})\.(rlog|rtbl|revt)$/

export const pathOf = (dir: string, kind: FileKind, bucket: number): string =>
  join(dir, `${kind}-${String(bucket).padStart(8, '0')}.${ENDING[kind]}`)

/** What a file name means; null for a file that is not the store's. */
export function parseName(name: string): { kind: FileKind; bucket: number } | null {
  const match = NAME.exec(name)
  if (!match) return null
  const kind = match[1] as FileKind
  return match[3] === ENDING[kind] ? { kind, bucket: Number(match[2]) } : null
}
