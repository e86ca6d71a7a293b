// The hub's process: reads argv, environment and signals, builds the real platform, opens the hub, closes it when asked to.
import { isRoostError } from './core/errors.ts'
import { createLog, errorFields } from './core/log.ts'
import { type Hub, openHub } from './hub.ts'
import { readRelease } from './open-appliance.ts'
import { type HubOptions, parseOptions, USAGE } from './options.ts'
import { createBoxWifi } from './platform/box-wifi.ts'
import { createRealClock } from './platform/clock.ts'
import { openRealDisk } from './platform/disk.ts'
import { createRauc } from './platform/rauc.ts'
import { createSystemTime } from './platform/system-time.ts'
import { createNotifier } from './platform/systemd.ts'
import { threadWorks } from './seal-thread.ts'

/** A clean stop that takes longer than this is given up; what was acknowledged is on the card already. */
const STOP_TIMEOUT_MS = 10_000

function readOptions(): HubOptions {
  try {
    const options = parseOptions(process.argv.slice(2), process.env)
    if (options) return options
    process.stdout.write(USAGE)
    process.exit(0)
  } catch (error) {
    return fail(error, 2)
  }
}

/** One clear line, and a code that says that it failed. */
function fail(error: unknown, exitCode: number): never {
  const code = isRoostError(error) ? `${error.code}: ` : ''
  process.stderr.write(`roost: ${code}${error instanceof Error ? error.message : String(error)}\n`)
  process.exit(exitCode)
}

const options = readOptions()
const clock = createRealClock()
const writeLine = (line: string) => void process.stdout.write(`${line}\n`)
const log = createLog(writeLine, clock.wallMs, options.logLevel)

/** The image names the folder in which its first process says which system runs, and the one of the boot backend. */
const { ROOST_SLOTS: runDir, ROOST_SLOT_STATE: stateDir, ROOST_UPDATE: updateDir, ROOST_STICK: stickDir } = process.env
const { ROOST_WIFI: statusPath, ROOST_WISH: wishDir, ROOST_WIFI_PASSWORD: password = '' } = process.env
const wifi = statusPath && wishDir ? { port: createBoxWifi({ statusPath, wishDir }), password } : null
const appliance =
  runDir && stateDir && updateDir && stickDir
    ? { slots: createRauc({ runDir, stateDir, clock }), updateDir, stickDir, wifi, release: await readRelease() }
    : undefined

let hub: Hub | null = null
const platform = {
  disk: openRealDisk(),
  clock,
  log,
  time: createSystemTime(log, process.env.ROOST_SET_CLOCK),
  works: threadWorks,
  restart: () => void restart(),
  ...(appliance ? { appliance } : {}),
}
let opening = openHub(options, platform)
const notifier = createNotifier({
  env: process.env,
  log,
  clock,
  isHealthy: () => hub !== null && Object.keys(hub.failedChecks()).length === 0,
})

// Before anything else can happen: a signal during the start still ends in a clean stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void stop(signal))
let isStopping = false
async function stop(signal: string) {
  if (isStopping) process.exit(130) // asked twice: at once
  isStopping = true
  log.info('stopping', { signal })
  setTimeout(() => fail(new Error('the hub did not stop in time'), 1), STOP_TIMEOUT_MS).unref()
  try {
    const opened = await opening
    await notifier.stopping()
    await opened[Symbol.asyncDispose]()
  } catch (error) {
    log.error('stop-failed', errorFields(error))
    process.exit(1)
  }
  log.info('stopped')
  process.exit(0)
}

/** Opens the hub again in this process, on what the data directory now holds; a hub that does not close or open is systemd's to start. */
async function restart() {
  if (isStopping) return
  log.info('restarting')
  const closing = opening
  opening = closing.then(async (opened) => {
    hub = null
    await opened[Symbol.asyncDispose]()
    return openHub(options, platform)
  })
  try {
    hub = await opening
    log.info('restarted', { http: `http://${address(hub.http)}` })
  } catch (error) {
    fail(error, 1)
  }
}

try {
  hub = await opening
} catch (error) {
  if (isRoostError(error)) fail(error, 1)
  throw error
}

const address = ({ host, port }: { host: string; port: number }) => `${host.includes(':') ? `[${host}]` : host}:${port}`
if (options.open) {
  log.warn('no-accounts', {
    note: 'started with --open: whoever is on this machine may everything; it listens on this machine only',
  })
}
const claimCode = hub.claimCode()
if (claimCode !== null && !options.open) {
  // A code that came with the box is printed on it, and not for the log.
  const code = options.claimCode === undefined ? { code: claimCode } : {}
  log.warn('unclaimed', {
    note: 'nobody claimed this box yet: open /claim of the web UI and give it the code',
    ...code,
  })
}
// Whoever started the hub waits for this line, at every log level.
createLog(writeLine, clock.wallMs).info('ready', {
  http: `http://${address(hub.http)}`,
  ...(hub.https ? { https: `https://${address(hub.https)}` } : {}),
  mqtts: `mqtts://${address(hub.mqtts)}`,
  ...(hub.mqttsLogin ? { mqttsLogin: `mqtts://${address(hub.mqttsLogin)}` } : {}),
  ...(hub.mqttPlain ? { mqtt: `mqtt://${address(hub.mqttPlain)}` } : {}),
  ...(hub.enrol ? { enrol: `https://${address(hub.enrol)}` } : {}),
  ...(hub.sntp ? { sntp: address(hub.sntp) } : {}),
  data: options.dataDir,
})
await notifier.ready(`Serving on ${address(hub.http)}`)
