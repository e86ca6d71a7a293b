// roost backup make | check | restore: the farm in one sealed file, by hand; the hub may run while one is made.
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { type Checked, checkBackup, makeBackup, openBackup, readPieces, writeBackup } from '../backup/backup.ts'
import { backupName } from '../backup/backups.ts'
import { mustBeKnown, type Summary } from '../backup/entries.ts'
import { stageRestore } from '../backup/restore.ts'
import { checkPassphrase, masterKey } from '../backup/seal.ts'
import type { Clock } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { markedIdOf, openDataDir } from '../data-dir.ts'
import { createStaffFile } from '../staff/staff-file.ts'

export const BACKUP_USAGE = `  backup make --out FILE|DIR [--passphrase-stdin] [--history] [--data DIR]
      everything that makes this box this farm, in one file; --history: with all measurements; without --passphrase-stdin
      a passphrase is made up and shown once
  backup check --file FILE
      opens a backup to its end and says what it holds; the passphrase comes on standard input, or in ROOST_PASSPHRASE
  backup restore --file FILE [--data DIR] [--force]
      puts it into an empty or unclaimed data directory; --force: in place of this same farm's. The hub must not run
`

export interface BackupWorld {
  print(text: string): void
  stdin: NodeJS.ReadableStream
  env: Record<string, string | undefined>
  disk: Disk
  clock: Clock
  log: Log
  version: string
  dataDirOf(data: string | undefined): string
}

/** Runs one command. BAD_OPTION, BACKUP_UNUSABLE, DISK and the errors of the data directory. */
export async function backupCommand(action: string, args: string[], world: BackupWorld): Promise<void> {
  const options = readOptions(args)
  if (action === 'make') await make(options, world)
  else if (action === 'check') await check(options, world)
  else if (action === 'restore') await restore(options, world)
  else throw new RoostError('BAD_OPTION', `there is no command "backup ${action}" (--help shows them)`)
}

type Options = ReturnType<typeof readOptions>

async function make(options: Options, world: BackupWorld): Promise<void> {
  const { disk, clock, log, version } = world
  const dataDir = resolve(world.dataDirOf(options.data))
  const farmId = await markedIdOf(dataDir, disk)
  const given = options['passphrase-stdin'] ? checkPassphrase(await readPassphrase(world)) : null
  const passphrase = given ?? madeUpPassphrase()
  const wanted = resolve(required(options.out, 'out'))
  const isDirectory = await readdir(wanted).then(
    () => true,
    () => false,
  )
  const nowMs = clock.wallMs()
  const path = isDirectory ? join(wanted, backupName(farmId, nowMs)) : wanted
  if (existsSync(path)) throw new RoostError('BAD_OPTION', `--out: ${path} is there already`)
  // Only read: the hub that may run meanwhile is the one that writes.
  const staff = await createStaffFile({ dir: join(dataDir, 'staff'), disk: readOnly(disk), log }).read()
  const master = await masterKey(passphrase, randomBytes(16))
  const source = { disk, dataDir, farmId, farm: staff?.farm?.name ?? null, version, nowMs }
  const sealed = makeBackup({ ...source, hasHistory: options.history === true }, master, randomBytes(32))
  const checked = await writeBackup(disk, path, sealed, master)
  world.print(`${path}: ${says(checked)}; it was opened again to its end\n`)
  if (given === null) world.print(`its passphrase, shown only now: ${passphrase}\n`)
}

async function check(options: Options, world: BackupWorld): Promise<void> {
  const path = resolve(required(options.file, 'file'))
  const checked = await checkBackup(readPieces(world.disk, path), { passphrase: await readPassphrase(world) })
  world.print(`${basename(path)} is whole: ${says(checked)}\n`)
}

async function restore(options: Options, world: BackupWorld): Promise<void> {
  const { disk, log, version } = world
  const path = resolve(required(options.file, 'file'))
  const data = world.dataDirOf(options.data)
  const passphrase = await readPassphrase(world)
  const summary = await (async () => {
    await using dataDir = await openDataDir(data, { disk, log })
    const staff = await createStaffFile({ dir: join(dataDir.path, 'staff'), disk, log }).read()
    const accept = (of: Summary) => {
      const { farmId, farm } = of
      mustBeKnown(of, version)
      if (!staff?.farm) return
      if (farmId !== dataDir.id) {
        throw new RoostError(
          'CLAIMED',
          `${dataDir.path} belongs to the farm "${staff.farm.name}", and the backup to "${farm ?? 'nobody'}"; take an empty directory`,
        )
      }
      if (!options.force)
        throw new RoostError('CLAIMED', `${dataDir.path} is this farm's already; --force goes back to the backup`)
    }
    return stageRestore(disk, dataDir.path, openBackup(readPieces(disk, path), passphrase), accept)
  })()
  // Opening it puts the backup in place; the hub's next start would too.
  await using dataDir = await openDataDir(data, { disk, log })
  world.print(`${dataDir.path} is now ${farmAsOf(summary)}\n`)
}

const farmAsOf = ({ farm, madeMs }: Summary) =>
  `${farm === null ? 'a farm that nobody claimed' : `the farm "${farm}"`} as of ${new Date(madeMs).toISOString()}`
const says = ({ summary, files, bytes }: Checked) =>
  `${farmAsOf(summary)}, ${files} files, ${bytes} bytes${summary.hasHistory ? ', with history' : ''}`

/** 100 bits, in groups that can be written down: without the letters that are misread. */
function madeUpPassphrase(): string {
  const letters = Array.from(randomBytes(20), (byte) => '0123456789abcdefghjkmnpqrstvwxyz'[byte & 31]!).join('')
  return letters.match(/.{4}/g)!.join('-')
}

/** From a person, a pipe, or ROOST_PASSPHRASE. */
async function readPassphrase({ stdin, env, print }: BackupWorld): Promise<string> {
  const passphrase = env.ROOST_PASSPHRASE || (await readStdin(stdin, print))
  if (passphrase === '') throw new RoostError('BAD_OPTION', 'the passphrase is empty (give it on standard input)')
  return passphrase
}

async function readStdin(stdin: BackupWorld['stdin'], print: BackupWorld['print']): Promise<string> {
  if (!(stdin as { isTTY?: boolean }).isTTY) return (await text(stdin)).replace(/\r?\n$/, '')
  print('Passphrase (it is shown): ')
  for await (const line of createInterface({ input: stdin })) return line
  return ''
}

const readOnly = (disk: Disk): Disk => ({
  ...disk,
  mkdir: async () => {},
  syncDir: async () => {},
  unlink: async () => {},
  list: (path) => disk.list(path).catch((error) => (error.code === 'ENOENT' ? [] : Promise.reject(error))),
})

function required(value: string | undefined, name: string): string {
  if (!value) throw new RoostError('BAD_OPTION', `--${name} is missing (--help shows the options)`)
  return value
}

function readOptions(args: string[]) {
  try {
    const options = {
      out: { type: 'string' },
      file: { type: 'string' },
      data: { type: 'string' },
      'passphrase-stdin': { type: 'boolean' }, // check and restore always read it
      history: { type: 'boolean' },
      force: { type: 'boolean' },
    } as const
    return parseArgs({ args, strict: true, allowPositionals: false, options }).values
  } catch (cause) {
    const [firstSentence] = (cause as Error).message.split('. ')
    throw new RoostError('BAD_OPTION', `${firstSentence} (--help shows the options)`, { cause })
  }
}
