// The names of the store's files, all in one directory. A bucket has a number; what is made of it carries the same one.
import { join } from 'node:path'

/** `log`: open, being appended to or waiting to be sealed. The rest is written once, when the log is sealed. */
export const FILE_KINDS = ['log', 'raw', 'roll', 'events', 'beats'] as const
export type FileKind = (typeof FILE_KINDS)[number]
/** What a seal makes of a log. */
export type SealedKind = Exclude<FileKind, 'log'>

const ENDING: Record<FileKind, string> = { log: 'rlog', raw: 'rtbl', roll: 'rtbl', events: 'revt', beats: 'revt' }
const NAME = /^(log|raw|roll|events|beats)-(\d{8})\.(rlog|rtbl|revt)$/
const SPAN = /^span-(\d)-(\d{8})-(\d{8})\.rtbl$/

const digits = (bucket: number) => String(bucket).padStart(8, '0')

export const pathOf = (dir: string, kind: FileKind, bucket: number): string =>
  join(dir, `${kind}-${digits(bucket)}.${ENDING[kind]}`)

/** What a file name means; null for a file that is not of one bucket. */
export function parseName(name: string): { kind: FileKind; bucket: number } | null {
  const match = NAME.exec(name)
  if (!match) return null
  const kind = match[1] as FileKind
  return match[3] === ENDING[kind] ? { kind, bucket: Number(match[2]) } : null
}

/** The buckets whose roll-ups a file holds. Level 0: a bucket's own; above it: merged ones, so many times. */
export interface Span {
  level: number
  from: number
  to: number
}

/** The file of a span of merged roll-ups, or of a bucket's own. */
export const spanPathOf = (dir: string, { level, from, to }: Span): string =>
  level === 0 ? pathOf(dir, 'roll', from) : join(dir, `span-${level}-${digits(from)}-${digits(to)}.rtbl`)

/** The span of a roll-up file's name; null for any other name. */
export function parseSpanName(name: string): Span | null {
  const match = SPAN.exec(name)
  if (match) return { level: Number(match[1]), from: Number(match[2]), to: Number(match[3]) }
  const single = parseName(name)
  return single?.kind === 'roll' ? { level: 0, from: single.bucket, to: single.bucket } : null
}
