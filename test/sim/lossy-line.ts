// A line between nodes and hub, as a TCP proxy in user space: every byte comes `latencyMs` late, and what a lost packet does to a TCP stream is
// done to it. A lost packet holds the stream for one more round trip (fast retransmit), one in ten for a retransmission time-out. Not simulated:
// reordering, smaller congestion windows after a loss, a limit of bandwidth, and datagrams that vanish below TCP.
import { createConnection, createServer, type Socket } from 'node:net'
import { createRandom } from './random.ts'

/** Payload of one packet on Ethernet or Wi-Fi. */
const PACKET_BYTES = 1_448
const TIMEOUT_SHARE = 0.1
const TIMEOUT_MS = 200
/** Bytes on their way in one direction of one connection; then the sender waits. */
const ON_THE_WAY_MAX_BYTES = 256 * 1024

export interface LossyLine extends AsyncDisposable {
  readonly lost: number
  readonly bytes: number
}

export async function openLossyLine(options: {
  listen: { host: string; port: number }
  to: { host: string; port: number }
  latencyMs: number
  lossPercent: number
  seed: number
}): Promise<LossyLine> {
  const random = createRandom(options.seed)
  const { latencyMs, lossPercent } = options
  const open = new Set<Socket>()
  let lost = 0
  let bytes = 0

  function carry(from: Socket, to: Socket) {
    const queue: { data: Buffer; dueMs: number }[] = []
    let freeMs = 0
    let waiting = 0
    let hasEnded = false
    let isSet = false
    const later = (delayMs: number) => {
      if (!isSet) setTimeout(deliver, delayMs)
      isSet = true
    }

    function deliver() {
      isSet = false
      const nowMs = performance.now()
      while (queue.length > 0 && queue[0]!.dueMs <= nowMs) {
        const { data } = queue.shift()!
        waiting -= data.length
        if (!to.destroyed) to.write(data)
      }
      if (waiting <= ON_THE_WAY_MAX_BYTES) from.resume()
      if (queue.length > 0) later(Math.max(1, queue[0]!.dueMs - nowMs))
      else if (hasEnded) to.end()
    }
    from.on('data', (data) => {
      bytes += data.length
      let holdMs = 0
      for (let packets = Math.ceil(data.length / PACKET_BYTES); packets > 0; packets--) {
        if (random() * 100 >= lossPercent) continue
        lost++
        holdMs += random() < TIMEOUT_SHARE ? TIMEOUT_MS : 2 * latencyMs
      }
      freeMs = Math.max(freeMs, performance.now() + latencyMs) + holdMs
      queue.push({ data, dueMs: freeMs })
      waiting += data.length
      if (waiting > ON_THE_WAY_MAX_BYTES) from.pause()
      later(latencyMs)
    })
    from.on('end', () => {
      hasEnded = true
      later(1)
    })
    from.on('error', () => to.destroy())
    from.on('close', () => {
      open.delete(from)
      if (from.errored) to.destroy()
    })
  }

  const server = createServer((near) => {
    const far = createConnection(options.to)
    for (const socket of [near, far]) open.add(socket.setNoDelay(true))
    carry(near, far)
    carry(far, near)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.listen.port, options.listen.host, resolve)
  })
  return {
    get lost() {
      return lost
    },
    get bytes() {
      return bytes
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
