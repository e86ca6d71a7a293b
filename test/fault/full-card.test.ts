// Plan: the real hub, as systemd starts it with a watchdog, on a card of 16 MB that somebody fills to the last byte: a file system in memory that
// only a name space of this test sees. It stays up, says so, acknowledges nothing, starts again on the full card, and goes on when there is room.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { NODE_FLAGS } from '../../hub/node-flags.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { addNode, connectNode } from '../e2e/node-client.ts'
import { eventually, temporaryDir } from '../sim/hub-process.ts'

const MAIN = fileURLToPath(new URL('../../hub/main.ts', import.meta.url))
const WATCHDOG_S = 4
const RECEIVER = `use Socket; socket(S, PF_UNIX, SOCK_DGRAM, 0) or die; bind(S, sockaddr_un($ARGV[0])) or die;
  $| = 1; while (defined(recv(S, my $m, 4096, 0))) { $m =~ s/\\n/ /g; print "$m\\n" }`
const mayMount = spawnSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0
const missing = ['systemd-notify', 'perl', 'nsenter'].filter((command) => spawnSync(command, ['--version']).error)

const gone = async (child: ChildProcess, signal: NodeJS.Signals) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill(signal)
  await once(child, 'exit')
}

test('on a full card the hub stays up and feeds its watchdog, acknowledges nothing, starts again, and goes on when there is room', async ({
  skip,
}) => {
  skip(!mayMount || missing.length > 0, `this machine lets nobody mount, or has no ${missing.join(', no ')}`)
  await using parts = new AsyncDisposableStack()
  const dir = parts.use(await temporaryDir('full-card'))
  const data = join(dir.path, 'data')

  const space = spawn('unshare', [
    '-rm',
    'sh',
    '-c',
    'mkdir "$0" && mount -t tmpfs -o size=16m tmpfs "$0" && echo up && exec sleep 1000',
    data,
  ])
  parts.defer(() => gone(space, 'SIGKILL'))
  await once(space.stdout, 'data')
  /** The card as it is seen from here. */
  const card = join(`/proc/${space.pid}/root`, data)

  const socket = join(dir.path, 'notify')
  const receiver = spawn('perl', ['-e', RECEIVER, socket], { stdio: ['ignore', 'pipe', 'inherit'] })
  parts.defer(() => gone(receiver, 'SIGKILL'))
  let fed = 0
  createInterface(receiver.stdout).on('line', (line) => {
    if (line.includes('WATCHDOG=1')) fed++
  })
  await eventually(async () => existsSync(socket), 10_000, 'the socket of the watchdog')

  async function start() {
    const args = ['--open', '--data', data, '--http', '127.0.0.1:0', '--mqtts', '127.0.0.1:0', '--enrol', 'off']
    const child = spawn(
      'nsenter',
      ['-t', String(space.pid), '-U', '-m', '--preserve-credentials', process.execPath, ...NODE_FLAGS, MAIN, ...args],
      {
        env: { ...process.env, NOTIFY_SOCKET: socket, WATCHDOG_USEC: String(WATCHDOG_S * 1_000_000) },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    parts.defer(() => gone(child, 'SIGKILL'))
    const ready = await new Promise<Record<string, string>>((resolve, reject) => {
      child.once('exit', (code) => reject(new Error(`the hub ended with ${code}`)))
      createInterface(child.stdout).on('line', (line) => {
        const entry = JSON.parse(line) as Record<string, string>
        if (entry.event === 'ready') resolve(entry)
      })
    })
    const ask = async (path: string) => {
      const response = await fetch(`${ready.http}${path}`)
      return { status: response.status, body: (await response.json()) as { failed?: object } }
    }
    return { child, ask, port: Number(new URL(ready.mqtts!).port) }
  }

  let hub = await start()
  const files = await addNode(card, join(dir.path, 'node'), 'rn-0000000000f1', 'home/h1/north')
  let seq = 0
  const payload = () =>
    Buffer.from(encodeData({ boot: 1, seq: seq++, clk: 2, t: Date.now(), unit: 'ppm', s: [[0, 800, 2, 1]] }))
  /** Sends one message and says how that ended. */
  const publish = async (make: () => Buffer = payload) => {
    const node = await connectNode(files, hub.port)
    node.on('error', () => {})
    const outcome = node.publishAsync(`${files.prefix}/data/co2`, make(), { qos: 1 }).then(
      () => 'acknowledged',
      () => 'refused',
    )
    const said = await Promise.race([
      outcome,
      new Promise<string>((resolve) => node.once('close', () => resolve('closed'))),
    ])
    node.end(true)
    return said
  }
  expect(await publish()).toBe('acknowledged')
  expect((await hub.ask('/readyz')).status).toBe(200)

  const filler = join(card, 'filler')
  const filling = createWriteStream(filler)
  const full = once(filling, 'error')
  for (let mb = 0; mb < 20; mb++) filling.write(Buffer.alloc(1024 * 1024))
  expect((await full)[0]).toMatchObject({ code: 'ENOSPC' })
  // The log has room that it made in advance: what fits in there is taken, one message after the other, until nothing fits.
  const samples = Array.from({ length: 256 }, (_, i): [number, number, number, number] => [i, Math.random(), 2, 1])
  const large = () => Buffer.from(encodeData({ boot: 1, seq: seq++, clk: 2, t: Date.now(), unit: 'ppm', s: samples }))
  const isFull = async () => (await publish(large)) !== 'acknowledged' && (await publish()) !== 'acknowledged'
  await eventually(isFull, 90_000, 'a card that takes nothing more')
  const failing = await hub.ask('/readyz')
  expect(failing).toMatchObject({ status: 503, body: { failed: { store: expect.stringMatching(/full/) } } })
  const before = fed
  await eventually(async () => fed >= before + 3, 60_000, 'a watchdog that is fed on a full card')
  expect(hub.child.exitCode).toBeNull()
  expect((await hub.ask('/healthz')).status).toBe(200)
  expect((await hub.ask('/api/v1/devices')).status).toBe(200)

  await gone(hub.child, 'SIGTERM')
  hub = await start()
  expect((await hub.ask('/api/v1/devices')).status).toBe(200)
  expect(await publish()).not.toBe('acknowledged')

  await rm(filler)
  await eventually(
    async () => (await publish()) === 'acknowledged',
    30_000,
    'an acknowledged reading when there is room',
  )
  await eventually(async () => (await hub.ask('/readyz')).status === 200, 90_000, 'a hub that is ready again')
  await gone(hub.child, 'SIGTERM')
  expect(hub.child.exitCode).toBe(0)
})
