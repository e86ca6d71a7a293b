// roost store …: what is on the card, whether it is whole, and how to get it out.
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { openDataDir } from '../data-dir.ts'
import { crossCheck, isFinished } from '../store/cross-check.ts'
import { csvRows, EXPORT_HEADER } from '../store/csv.ts'
import { dumpFile } from '../store/dump.ts'
import { openStore } from '../store/open.ts'
import { collectNames, finishRepairs, repairFile } from '../store/repair.ts'
import { type FileReport, REPORT_KINDS, verifyFile } from '../store/verify.ts'

export const STORE_USAGE = `  store info [--data DIR]
      what is stored: files, days, samples, bytes per sample
  store verify [--data DIR]
      reads every file to the last byte, holds roll-ups against their samples and names what is damaged, by file and byte;
      exit code 1 when something is
  store repair [--data DIR]
      writes what is good of damaged files anew and keeps the damaged ones beside them as NAME.damaged; not while the hub runs
  store dump FILE
      shows one file of the store, one line of JSON for each frame or block
  store export --csv [--from TIME] [--to TIME] [--uid UID] [--sensor ID] [--out FILE] [--data DIR]
      writes samples as CSV, to FILE or the screen; not while the hub runs (then: /api/v1/series/UID/SENSOR/samples.csv of its web address)
`

export interface StoreWorld {
  print(text: string): void
  disk: Disk
  clock: Clock
  log: Log
  /** The data directory that the options mean. */
  dataDirOf(data: string | undefined): string
}

/** Runs `store ACTION …`; the exit code. BAD_OPTION, and the errors of the data directory. */
export async function storeCommand(action: string, args: string[], world: StoreWorld): Promise<number> {
  const { values, positionals } = readOptions(args)
  const dataDir = world.dataDirOf(values.data)
  const dir = join(dataDir, 'store')
  switch (action) {
    case 'info':
      return info(dir, world)
    case 'verify':
      return verify(dir, world)
    case 'repair':
      return repair(dataDir, dir, world)
    case 'dump': {
      const [file] = positionals
      if (!file) throw new RoostError('BAD_OPTION', 'store dump: the FILE is missing (--help shows the options)')
      for await (const line of dumpFile(world.disk, resolve(file))) world.print(`${JSON.stringify(line)}\n`)
      return 0
    }
    case 'export':
      if (!values.csv)
        throw new RoostError('BAD_OPTION', 'store export: --csv is missing, it is the only form there is')
      return exportCsv(dataDir, dir, values, world)
    default:
      throw new RoostError('BAD_OPTION', `there is no command "store ${action}" (--help shows them)`)
  }
}

function readOptions(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        data: { type: 'string' },
        csv: { type: 'boolean' },
        from: { type: 'string' },
        to: { type: 'string' },
        uid: { type: 'string' },
        sensor: { type: 'string' },
        out: { type: 'string' },
      },
    })
  } catch (cause) {
    throw new RoostError('BAD_OPTION', (cause as Error).message, { cause })
  }
}

/** The store's files that are finished: the hub may be writing others just now. */
async function listFiles(dir: string, { disk }: StoreWorld): Promise<string[]> {
  try {
    const names = await disk.list(dir)
    return names.filter((name) => isFinished(name, names)).sort()
  } catch (cause) {
    throw new RoostError('DATA_DIR_UNUSABLE', `there is no store in ${dir}: ${(cause as Error).message}`, { cause })
  }
}

/** What `look` finds; null when the hub, which may run beside, has sealed, merged or given the file up meanwhile. */
async function unlessGone<T>(look: Promise<T>): Promise<T | null> {
  try {
    return await look
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return null
  }
}

async function* reports(dir: string, world: StoreWorld): AsyncGenerator<FileReport> {
  for (const name of await listFiles(dir, world)) {
    const report = await unlessGone(verifyFile(world.disk, dir, name))
    if (report) yield report
  }
}

const date = (ms: number) => (Number.isFinite(ms) ? new Date(ms).toISOString() : '–')

async function info(dir: string, world: StoreWorld): Promise<number> {
  const all: FileReport[] = []
  for await (const report of reports(dir, world)) all.push(report)
  const sum = (list: FileReport[], pick: (report: FileReport) => number) => list.reduce((so, one) => so + pick(one), 0)
  for (const kind of REPORT_KINDS) {
    const own = all.filter((report) => report.kind === kind)
    world.print(
      `${kind.padEnd(7)} ${String(own.length).padStart(6)} files ${String(sum(own, (one) => one.sizeBytes)).padStart(14)} bytes\n`,
    )
  }
  const raw = all.filter(({ kind }) => kind === 'raw')
  const samples = sum(all, (one) => one.samples)
  const perSample = sum(raw, (one) => one.sizeBytes) / sum(raw, (one) => one.samples)
  world.print(
    `samples ${samples}${Number.isFinite(perSample) ? `, sealed at ${perSample.toFixed(2)} bytes each` : ''}\n`,
  )
  world.print(`events  ${sum(all, (one) => one.events)}\n`)
  world.print(`from    ${date(Math.min(...all.map(({ firstMs }) => firstMs)))}\n`)
  world.print(`to      ${date(Math.max(...all.map(({ lastMs }) => lastMs)))}\n`)
  world.print(`damage  ${sum(all, (one) => one.damaged.length)} places\n`)
  return 0
}

async function verify(dir: string, world: StoreWorld): Promise<number> {
  let files = 0
  let places = 0
  for await (const report of reports(dir, world)) {
    const { name, tailBytes, sizeBytes } = report
    const isWhole = report.damaged.length === 0
    const damaged = isWhole ? ((await unlessGone(crossCheck(world.disk, dir, name))) ?? []) : report.damaged
    files++
    places += damaged.length
    for (const { offsetBytes, reason } of damaged) world.print(`${join(dir, name)}: byte ${offsetBytes}: ${reason}\n`)
    if (tailBytes > 0)
      world.print(
        `${name}: the last ${tailBytes} of ${sizeBytes} bytes are no whole commit; the hub cuts them when it starts\n`,
      )
  }
  world.print(places === 0 ? `${files} files, all whole\n` : `${files} files, ${places} damaged places\n`)
  return places === 0 ? 0 : 1
}

async function repair(dataDir: string, dir: string, world: StoreWorld): Promise<number> {
  const { disk, log } = world
  await using _held = await openDataDir(dataDir, { disk, log, mayCreate: false })
  await finishRepairs(disk, dir)
  const names = await collectNames(disk, dir)
  let repaired = 0
  for await (const { name, damaged } of reports(dir, world)) {
    if (damaged.length === 0 && (await crossCheck(disk, dir, name)).length === 0) continue
    const kept = await repairFile(disk, dir, name, names)
    if (kept) repaired++
    world.print(
      kept
        ? `${name}: repaired; the damaged file is ${kept}\n`
        : `${name}: left to the hub, which keeps what is good of a log\n`,
    )
  }
  world.print(repaired === 0 ? 'nothing to repair\n' : `${repaired} files repaired\n`)
  return 0
}

type ExportOptions = ReturnType<typeof readOptions>['values']

async function exportCsv(dataDir: string, dir: string, options: ExportOptions, world: StoreWorld): Promise<number> {
  const { disk, clock, log } = world
  const [fromMs, toMs] = [timeOf(options.from, 'from') ?? 0, timeOf(options.to, 'to') ?? Number.MAX_SAFE_INTEGER]
  await using _held = await openDataDir(dataDir, { disk, log, mayCreate: false })
  await using store = await openStore({ dir, disk, clock, log })
  async function* rows() {
    yield EXPORT_HEADER
    for (const series of store.listSeries()) {
      if (options.uid !== undefined && series.uid !== options.uid) continue
      if (options.sensor !== undefined && series.sensor !== options.sensor) continue
      for await (const block of store.samples(series.id, fromMs, toMs)) yield csvRows(series, block)
    }
  }
  if (options.out !== undefined) {
    const out = createWriteStream(options.out, { flags: 'wx' })
    await once(out, 'open').catch((cause: Error) => fail(options.out!, cause))
    await pipeline(rows, out)
  } else {
    await pipeline(rows, process.stdout, { end: false }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error // whoever reads has seen enough
    })
  }
  return 0
}

const fail = (path: string, cause: Error): never => {
  throw new RoostError('BAD_OPTION', `--out: ${basename(path)} cannot be written: ${cause.message}`, { cause })
}

function timeOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const ms = /^\d{12,14}$/.test(text) ? Number(text) : Date.parse(text)
  if (Number.isFinite(ms)) return ms
  throw new RoostError('BAD_OPTION', `--${name}: "${text}" is neither a date (2026-11-23T06:00) nor milliseconds`)
}
