import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createLog } from '../core/log.ts'
import { createNotifier, watchdogPeriodMs } from './systemd.ts'

const QUIET = createLog(
  () => {},
  () => 0,
)

/** systemd's side of the notification socket: a datagram receiver in Perl, which every Debian has. */
const RECEIVER = `use Socket; socket(S, PF_UNIX, SOCK_DGRAM, 0) or die; bind(S, sockaddr_un($ARGV[0])) or die;
  $| = 1; while (defined(recv(S, my $m, 4096, 0))) { $m =~ s/\\n/ /g; print "$m\\n" }`

async function receive(): Promise<{ path: string; lines: string[] }> {
  const dir = mkdtempSync(join(tmpdir(), 'roost-notify-'))
  const path = join(dir, 'notify')
  const child = spawn('perl', ['-e', RECEIVER, path], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill()
    rmSync(dir, { recursive: true })
  })
  const lines: string[] = []
  child.stdout.on('data', (chunk: Buffer) => lines.push(...chunk.toString().split('\n').filter(Boolean)))
  await vi.waitUntil(() => existsSync(path), { timeout: 10_000 })
  vi.stubEnv('NOTIFY_SOCKET', path)
  onTestFinished(() => void vi.unstubAllEnvs())
  return { path, lines }
}

const missing = ['systemd-notify', 'perl'].filter((command) => spawnSync(command, ['--version']).error)

test('systemd hears READY, STATUS and STOPPING, and WATCHDOG at half its time-out while the hub is well', async ({
  skip,
}) => {
  skip(missing.length > 0, `this machine has no ${missing.join(' and no ')}`)
  const { path, lines } = await receive()
  const clock = createSimClock()
  let isWell = true
  using notifier = createNotifier({
    env: { ...process.env, NOTIFY_SOCKET: path, WATCHDOG_USEC: '20000000' },
    clock,
    log: QUIET,
    isHealthy: () => isWell,
  })
  const heard = (text: string) => lines.filter((line) => line.includes(text)).length
  const until = (text: string, count: number) => vi.waitFor(() => expect(heard(text)).toBe(count), { timeout: 10_000 })

  await notifier.ready('Serving on 127.0.0.1:8080')
  await until('READY=1', 1)
  await until('STATUS=Serving on 127.0.0.1:8080', 1)
  await until('WATCHDOG=1', 1)
  clock.advance(9_999)
  await notifier.status('Still here')
  await until('STATUS=Still here', 1)
  expect(heard('WATCHDOG=1')).toBe(1)
  clock.advance(1)
  await until('WATCHDOG=1', 2)
  isWell = false
  clock.advance(60_000)
  await notifier.stopping()
  await until('STOPPING=1', 1)
  expect(heard('WATCHDOG=1')).toBe(2)
})

test('without a service manager nothing is sent and nothing fails', async () => {
  const clock = createSimClock()
  using notifier = createNotifier({ env: { WATCHDOG_USEC: '2000' }, clock, log: QUIET, isHealthy: () => true })
  await notifier.ready('')
  await notifier.status('')
  expect(clock.pending).toBe(0)
})

test('a service manager that cannot be reached is logged and does not stop the hub', async () => {
  vi.stubEnv('NOTIFY_SOCKET', '/nowhere/notify')
  onTestFinished(() => void vi.unstubAllEnvs())
  const lines: string[] = []
  const log = createLog(
    (line) => lines.push(line),
    () => 0,
  )
  const env = { ...process.env, NOTIFY_SOCKET: '/nowhere/notify' }
  using notifier = createNotifier({ env, clock: createSimClock(), log, isHealthy: () => true })
  await notifier.ready('hello')
  await notifier.stopping()
  expect(lines.map((line) => JSON.parse(line).event)).toEqual(['systemd-notify-failed', 'systemd-notify-failed'])
})

test('the watchdog is fed only by the process that it was set for', () => {
  expect(watchdogPeriodMs({}, 7)).toBe(null)
  expect(watchdogPeriodMs({ WATCHDOG_USEC: '0' }, 7)).toBe(null)
  expect(watchdogPeriodMs({ WATCHDOG_USEC: 'x' }, 7)).toBe(null)
  expect(watchdogPeriodMs({ WATCHDOG_USEC: '30000000' }, 7)).toBe(15_000)
  expect(watchdogPeriodMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 7)).toBe(15_000)
  expect(watchdogPeriodMs({ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, 7)).toBe(null)
})
