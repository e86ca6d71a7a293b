// The command line for whoever sets up the farm: npm run -s roost -- …
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import packageJson from '../package.json' with { type: 'json' }
import { type CaRequest, doCaRequest } from './admin-ca.ts'
import { doIdentityRequest, type EnrolCode, type IdentityRequest } from './admin-identity.ts'
import { doOtaRequest, type OtaAnswer, type OtaRequest } from './admin-ota.ts'
import { callAdmin } from './admin-socket.ts'
import { doUserRequest } from './admin-users.ts'
import { BACKUP_USAGE, backupCommand } from './cli/backup.ts'
import { CA_USAGE, caCommand } from './cli/ca.ts'
import { FIRMWARE_USAGE, firmwareCommand } from './cli/firmware.ts'
import { IDENTITY_USAGE, identityCommand } from './cli/identity.ts'
import { addBatch, parseBatch } from './cli/node-batch.ts'
import { RELEASE_KEY_USAGE, releaseKeyCommand } from './cli/release-key.ts'
import { STORE_USAGE, storeCommand } from './cli/store.ts'
import { USER_USAGE, type UserAccess, type UserWorld, userCommand } from './cli/user.ts'
import { RoostError } from './core/errors.ts'
import { isUid, type Place, parsePlace, placeText } from './core/ids.ts'
import { createLog } from './core/log.ts'
import { createPasswords } from './core/passwords.ts'
import { adminSocketPathOf, openDataDir } from './data-dir.ts'
import { openUsers, type UserSummary } from './mqtt/users.ts'
import { NODE_FILES, writeNodeFiles } from './node-files.ts'
import { openCatalogue } from './ota/catalogue.ts'
import { openReleaseKeys } from './ota/release-keys.ts'
import { type CaStatus, openPki, type Pki } from './pki/pki.ts'
import { createRealClock } from './platform/clock.ts'
import { openRealDisk } from './platform/disk.ts'
import { type ProvisionedNode, provisionNode } from './provision.ts'
import { type Device, openRegistry } from './registry/registry.ts'

const USAGE = `Usage: npm run -s roost -- COMMAND

  node add --uid rn-XXXXXXXXXXXX --place SITE/HOUSE/NODE --out DIR [--data DIR] [--force]
      gives a node its place and writes its key and certificates into DIR:
      ${NODE_FILES.join(', ')}
      --force replaces such files in DIR
  node add --csv FILE --out DIR [--data DIR]
      the same for a batch: uid,place a line, a directory of its uid in DIR for each; run again, it goes on where it stopped
  node list [--data DIR] [--json]
      shows the nodes of the farm
${IDENTITY_USAGE}
${CA_USAGE}
${USER_USAGE}
${STORE_USAGE}
${BACKUP_USAGE}
${FIRMWARE_USAGE}
${RELEASE_KEY_USAGE}
  claim-code [--data DIR]
      the code that claims a new box; later, one with which an admin sets a new password: once, for 15 minutes
  --data DIR   the hub's data directory (default: ROOST_DATA, else ./roost-data)
The hub may run meanwhile or not.
`

/** A started hub opens its socket a moment after it has taken the directory. */
const HUB_START_WAIT_MS = 5_000

export interface CliWorld extends UserWorld {
  env: Record<string, string | undefined>
  printError(text: string): void
}

interface Farm {
  addNode(uid: string, place: Place): Promise<ProvisionedNode>
  listNodes(): Promise<readonly Device[]>
  users: UserAccess
  identity(request: IdentityRequest): Promise<EnrolCode | null>
  ca(request: CaRequest): Promise<CaStatus>
  ota(request: OtaRequest): Promise<OtaAnswer>
}

/** Runs one command; the exit code: 0 done, 1 it could not be done, 2 it was not understood. One line on stderr says why. */
export async function runCli(args: string[], world: CliWorld): Promise<number> {
  try {
    if (args.length === 0) throw new RoostError('BAD_OPTION', 'a command is missing (--help shows them)')
    if (args.includes('--help') || args.includes('-h') || args[0] === 'help') {
      world.print(USAGE)
      return 0
    }
    const command = args.slice(0, 2).join(' ')
    if (command === 'node add') await addNode(args.slice(2), world)
    else if (command === 'node list') await listNodes(args.slice(2), world)
    else if (command === 'node revoke' || command === 'node enrol-code') {
      const action = command === 'node revoke' ? 'revoke' : 'enrol-code'
      await identityCommand(action, args.slice(2), world.print, (data, request) =>
        withFarm(dataDirOf({ data }, world), false, world, ({ identity }) => identity(request)),
      )
    } else if (args[0] === 'ca') {
      await caCommand(args[1] ?? '', args.slice(2), world.print, (data, request) =>
        withFarm(dataDirOf({ data }, world), false, world, ({ ca }) => ca(request)),
      )
    } else if (args[0] === 'firmware' || args[0] === 'release-key') {
      const run = args[0] === 'firmware' ? firmwareCommand : releaseKeyCommand
      await run(args[1] ?? '', args.slice(2), world.print, (data, request) =>
        withFarm(dataDirOf({ data }, world), true, world, ({ ota }) => ota(request)),
      )
    } else if (args[0] === 'claim-code') {
      const { data } = readOptions(args.slice(1), { data: { type: 'string' } })
      const answer = await callAdmin(adminSocketPathOf(dataDirOf({ data }, world)), 'POST', '/local-code', {})
      world.print(`${(answer as { code: string }).code}\n`)
    } else if (args[0] === 'user') {
      await userCommand(args[1] ?? '', args.slice(2), world, (data, mayCreate, work) =>
        withFarm(dataDirOf({ data }, world), mayCreate, world, ({ users }) => work(users)),
      )
    } else if (args[0] === 'store') {
      const clock = createRealClock()
      return await storeCommand(args[1] ?? '', args.slice(2), {
        print: world.print,
        disk: openRealDisk(),
        clock,
        log: createLog((line) => world.printError(`${line}\n`), clock.wallMs, 'error'),
        dataDirOf: (data) => dataDirOf({ data }, world),
      })
    } else if (args[0] === 'backup') {
      const clock = createRealClock()
      await backupCommand(args[1] ?? '', args.slice(2), {
        print: world.print,
        stdin: world.stdin,
        env: world.env,
        version: packageJson.version,
        disk: openRealDisk(),
        clock,
        log: createLog((line) => world.printError(`${line}\n`), clock.wallMs, 'error'),
        dataDirOf: (data) => dataDirOf({ data }, world),
      })
    } else throw new RoostError('BAD_OPTION', `there is no command "${command}" (--help shows them)`)
    return 0
  } catch (error) {
    world.printError(`roost: ${(error as Error).message.replaceAll('\n', ' ')}\n`)
    return error instanceof RoostError && error.code === 'BAD_OPTION' ? 2 : 1
  }
}

async function addNode(args: string[], world: CliWorld): Promise<void> {
  const options = readOptions(args, {
    uid: { type: 'string' },
    place: { type: 'string' },
    out: { type: 'string' },
    data: { type: 'string' },
    force: { type: 'boolean' },
    csv: { type: 'string' },
  })
  if (options.csv !== undefined) return addNodes(options, world)
  const uid = required(options, 'uid')
  if (!isUid(uid)) throw new RoostError('BAD_OPTION', `--uid: "${uid}" is not rn- and 12 hex digits (0-9, a-f)`)
  const text = required(options, 'place')
  const place = parsePlace(text)
  if (!place) {
    throw new RoostError('BAD_OPTION', `--place: "${text}" is not site/house/node, each of a-z, 0-9 and -, at most 32`)
  }
  const out = resolve(required(options, 'out'))
  const isForced = options.force === true
  // The files are prepared before the farm is asked: a node that is registered has its key on disk.
  await writeNodeFiles(out, isForced, () =>
    withFarm(dataDirOf(options, world), true, world, (farm) => farm.addNode(uid, place)),
  )
  world.print(`${uid} has the place ${placeText(place)}; ${NODE_FILES.join(', ')} are in ${out}\n`)
}

/** A batch: a line and a directory for each node. */
async function addNodes(options: Options, world: CliWorld): Promise<void> {
  const file = required(options, 'csv')
  const clash = ['uid', 'place', 'force'].find((name) => options[name] !== undefined)
  if (clash) throw new RoostError('BAD_OPTION', `--csv and --${clash} do not go together`)
  const out = resolve(required(options, 'out'))
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new RoostError('BAD_OPTION', `--csv: ${file} cannot be read: ${(cause as Error).message}`, { cause })
  })
  const nodes = parseBatch(text, file)
  const { added, before } = await withFarm(dataDirOf(options, world), true, world, (farm) =>
    addBatch(file, nodes, out, farm),
  )
  world.print(`${added} nodes added, ${before} were there already; each has a directory of its uid in ${out}\n`)
}

async function listNodes(args: string[], world: CliWorld): Promise<void> {
  const options = readOptions(args, { data: { type: 'string' }, json: { type: 'boolean' } })
  const devices = await withFarm(dataDirOf(options, world), false, world, (farm) => farm.listNodes())
  if (options.json) return world.print(`${JSON.stringify(devices, null, 2)}\n`)
  const rows = devices.map((device) => [
    device.uid,
    device.place ? placeText(device.place) : '-',
    device.firmware ?? '-',
    device.lastSeenMs === null ? 'never' : new Date(device.lastSeenMs).toISOString(),
  ])
  world.print(table([['UID', 'PLACE', 'FIRMWARE', 'LAST SEEN'], ...rows]))
}

/** Works on the farm's data: itself when no hub runs, through the running hub otherwise. */
async function withFarm<T>(
  dir: string,
  mayCreate: boolean,
  world: CliWorld,
  work: (farm: Farm) => Promise<T>,
): Promise<T> {
  const clock = createRealClock()
  const disk = openRealDisk()
  const log = createLog((line) => world.printError(`${line}\n`), clock.wallMs, 'warn')
  const isNew = !existsSync(join(dir, 'pki'))
  const openFarmUsers = (path: string) =>
    openUsers({ dir: join(path, 'users'), disk, clock, log, passwords: createPasswords() })
  for (const giveUpMs = clock.monotonicMs() + HUB_START_WAIT_MS; ; await pause(200)) {
    try {
      await using parts = new AsyncDisposableStack()
      const dataDir = parts.use(await openDataDir(dir, { disk, log, mayCreate }))
      const registry = parts.use(await openRegistry({ dir: join(dataDir.path, 'registry'), disk, clock, log }))
      let pki: Pki | null = null
      const farmPki = async () =>
        (pki ??= parts.use(await openPki({ dir: join(dataDir.path, 'pki'), disk, clock, log })))
      return await work({
        async addNode(uid, place) {
          const isFirst = isNew && !pki
          const node = await provisionNode({ registry, pki: await farmPki() }, uid, place)
          if (isFirst)
            world.printError(`roost: ${dataDir.path} held no farm yet; a new one with its own CA was made there\n`)
          return node
        },
        listNodes: async () => registry.list(),
        async identity(request) {
          return doIdentityRequest({ pki: await farmPki(), enrolments: null }, request)
        },
        ca: async (request) => doCaRequest(await farmPki(), clock.wallMs(), request),
        async ota(request) {
          const keys = await openReleaseKeys({ dir: join(dataDir.path, 'ota'), disk, log, nowMs: clock.wallMs })
          // The hub holds what is added here against the farm's anti-rollback version when it starts, and before it sends it.
          const anyVersion = { keys: keys.list, secureVersionMin: () => 0 }
          const catalogue = await openCatalogue({ dir: join(dataDir.path, 'firmware'), disk, log, ...anyVersion })
          return await doOtaRequest({ keys, catalogue, disk, inUse: () => null }, request)
        },
        users: {
          list: async () => (await openFarmUsers(dataDir.path)).list(),
          do: async (request) => doUserRequest(await openFarmUsers(dataDir.path), request),
        },
      })
    } catch (error) {
      if (!(error instanceof RoostError) || error.code !== 'DATA_DIR_LOCKED') throw error
      const socketPath = adminSocketPathOf(dir)
      if (existsSync(socketPath)) return await work(remoteFarm(socketPath, error))
      if (clock.monotonicMs() > giveUpMs) throw error
    }
  }
}

const remoteFarm = (socketPath: string, locked: RoostError): Farm => {
  const call = async (method: 'GET' | 'POST', body?: unknown, route = '/nodes') => {
    try {
      return await callAdmin(socketPath, method, route, body)
    } catch (error) {
      if (error instanceof RoostError) throw error
      const why = (error as Error).message
      throw new RoostError('DATA_DIR_LOCKED', `${locked.message}, and the hub does not answer: ${why}`, {
        cause: error,
      })
    }
  }
  return {
    addNode: async (uid, place) => (await call('POST', { uid, place: placeText(place) })) as ProvisionedNode,
    listNodes: async () => (await call('GET')) as Device[],
    identity: async (request) => (await call('POST', request, '/identity')) as EnrolCode | null,
    ca: async (request) => (await call('POST', request, '/ca')) as CaStatus,
    ota: async (request) => (await call('POST', request, '/ota')) as OtaAnswer,
    users: {
      list: async () => (await call('GET', undefined, '/users')) as UserSummary[],
      do: async (request) => void (await call('POST', request, '/users')),
    },
  }
}

type OptionTypes = Record<string, { type: 'string' | 'boolean' }>
type Options = Record<string, string | boolean | undefined>

function readOptions(args: string[], options: OptionTypes): Options {
  try {
    return parseArgs({ args, options, strict: true, allowPositionals: false }).values as Options
  } catch (cause) {
    const [firstSentence] = (cause as Error).message.split('. ')
    throw new RoostError('BAD_OPTION', `${firstSentence} (--help shows the options)`, { cause })
  }
}

function required(options: Options, name: string): string {
  const value = options[name]
  if (typeof value !== 'string' || value === '')
    throw new RoostError('BAD_OPTION', `--${name} is missing (--help shows the options)`)
  return value
}

function dataDirOf(options: Options, { env }: CliWorld): string {
  if (options.data === '') throw new RoostError('BAD_OPTION', '--data: the data directory is empty')
  return resolve((options.data as string | undefined) ?? (env.ROOST_DATA || './roost-data'))
}

function table(rows: string[][]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

if (import.meta.main) {
  process.exitCode = await runCli(process.argv.slice(2), {
    env: process.env,
    print: (text) => void process.stdout.write(text),
    printError: (text) => void process.stderr.write(text),
    stdin: process.stdin,
  })
}
