// SNTP for the nodes: one UDP socket, one answer for each request, no state. An answer is as long as its request, so it amplifies nothing.
import { createSocket } from 'node:dgram'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { ClockTrust } from './clock-trust.ts'
import { answerSntp } from './sntp-packet.ts'

/** Requests of any one second; a thousand nodes that get power together ask within a few. */
const PER_SECOND_MAX = 1_000

export interface SntpServer {
  readonly host: string
  readonly port: number
  readonly stats: { answered: number; ignored: number }
  [Symbol.asyncDispose](): Promise<void>
}

/** Listens on host:port (0: any free one). Error: PORT_IN_USE, naming both. */
export async function serveSntp(parts: {
  host: string
  port: number
  clock: Clock
  log: Log
  trust(): ClockTrust
}): Promise<SntpServer> {
  const { clock, host, log } = parts
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const stats = { answered: 0, ignored: 0 }
  let second = 0
  let inSecond = 0
  socket.on('message', (request, from) => {
    const receivedMs = clock.wallMs()
    const nowSecond = Math.floor(clock.monotonicMs() / 1000)
    if (nowSecond !== second) {
      second = nowSecond
      inSecond = 0
    }
    const isFlood = inSecond++ >= PER_SECOND_MAX
    const answer = isFlood ? null : answerSntp(request, { receivedMs, sentMs: clock.wallMs(), ...parts.trust() })
    if (!answer) {
      stats.ignored++
      return
    }
    stats.answered++
    socket.send(answer, from.port, from.address)
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', (cause) => {
      const { code, message } = cause as NodeJS.ErrnoException
      const why = code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${code ?? message})`
      reject(new RoostError('PORT_IN_USE', `UDP address ${host}:${parts.port} ${why}`, { cause }))
    })
    socket.bind(parts.port, host, resolve)
  })
  socket.on('error', (error) => log.warn('sntp-socket', errorFields(error)))
  return {
    host,
    port: socket.address().port,
    stats,
    [Symbol.asyncDispose]: () => new Promise((resolve) => socket.close(() => resolve())),
  }
}
