// The broker with its plain and login ways in, in this process, on a card in memory: for tests of the broker alone.
import { createServer } from 'node:net'
import { createLog } from '../../hub/core/log.ts'
import { createPasswords } from '../../hub/core/passwords.ts'
import { openBroker } from '../../hub/mqtt/broker.ts'
import type { Acknowledge, Ingest } from '../../hub/mqtt/ingest.ts'
import type { Accept, Peer } from '../../hub/mqtt/listeners.ts'
import { createLogin } from '../../hub/mqtt/login.ts'
import { listenPlain } from '../../hub/mqtt/plain-listener.ts'
import { createRefusals } from '../../hub/mqtt/refusals.ts'
import { openSessionStore } from '../../hub/mqtt/session-store.ts'
import { openUsers } from '../../hub/mqtt/users.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { createSimDisk, type SimDisk } from './disk.ts'

/**
 * Opens it; `device` is a way in for a node whose certificate was checked already, `store` what becomes of its messages' PUBACKs.
 * Closed by `await using`.
 */
export async function openTestBroker({
  disk = createSimDisk() as SimDisk,
  uid = 'rn-000000000001',
  store = (acknowledge: Acknowledge) => acknowledge(),
} = {}) {
  await using parts = new AsyncDisposableStack()
  const clock = createRealClock()
  const lines: Record<string, unknown>[] = []
  const log = createLog((line) => lines.push(JSON.parse(line)), clock.wallMs, 'debug')
  const refusals = createRefusals(clock, log)
  const passwords = createPasswords()
  const taken: { uid: string; suffix: string; payload: Buffer }[] = []
  const lost: string[] = []
  const ingest: Ingest = {
    take(stream, suffix, payload, acknowledge) {
      taken.push({ uid: stream.uid, suffix, payload: Buffer.from(payload) })
      store(acknowledge)
    },
    stats: { messages: 0, samples: 0, duplicates: 0, estimatedTimes: 0 },
  }
  const sessions = await openSessionStore({ dir: '/mqtt', disk, log })
  parts.defer(() => sessions.destroy())
  const users = await openUsers({
    dir: '/users',
    disk,
    clock,
    log,
    passwords,
    onChanged: (name, isGone) => broker.userChanged(name, isGone),
  })
  const broker = parts.use(
    await openBroker({
      ingest,
      refusals,
      sessions,
      clock,
      log,
      prefixOf: () => '/farm/home/h1/n1',
      login: createLogin({ get: users.get, passwords, clock }),
      linkLost: (lostUid) => lost.push(lostUid),
    }),
  )
  const accept: Accept = (stream, peer) => broker.accept(stream, peer)
  const listening = { accept, refusals, clock, log, host: '127.0.0.1', port: 0 }
  const plain = parts.use(await listenPlain(listening))
  const open = async (peer: Peer) => {
    const server = createServer((socket) => accept(socket, peer))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    parts.defer(() => void server.close())
    return (server.address() as { port: number }).port
  }
  const loginPort = await open({ address: '127.0.0.1' })
  const devicePort = await open({ device: uid })
  const opened = parts.move()
  return {
    broker,
    sessions,
    users,
    refusals,
    log: lines,
    taken,
    lost,
    plainPort: plain.port,
    loginPort,
    devicePort,
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
