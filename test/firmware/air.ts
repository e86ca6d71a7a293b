// The air between virtual nodes, as bad as it gets: frames are lost, doubled, late and out of order, come again much later, arrive with a
// changed bit, and a stranger sends his own. Each chance is drawn from a seed.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { sealFrame } from '../../hub/wire/frame.ts'
import { createRandom } from '../sim/random.ts'

const ADDRESS_BYTES = 6
const DESTINATION_AT = 8
const SOURCE_AT = 2
const HEARD_MAX = 500
const TIME_RESP = 0x04

export interface AirChances {
  lost: number
  doubled: number
  replayed: number
  changed: number
  forged: number
  /** The most by which a frame is late. */
  lateMaxMs: number
}

export interface AirCounts {
  sent: number
  lost: number
  doubled: number
  replayed: number
  changed: number
  forged: number
}

export interface Air extends AsyncDisposable {
  readonly port: number
  readonly counts: AirCounts
}

export async function openAir(seed: number, chances: AirChances): Promise<Air> {
  const random = createRandom(seed)
  const socket = createSocket('udp4')
  const ports = new Map<string, number>()
  const heard: Buffer[] = []
  const counts: AirCounts = { sent: 0, lost: 0, doubled: 0, replayed: 0, changed: 0, forged: 0 }
  const timers = new Set<NodeJS.Timeout>()
  const isSo = (chance: number) => random() < chance
  const addressAt = (bytes: Buffer, at: number) => bytes.subarray(at, at + ADDRESS_BYTES).toString('hex')

  function deliver(frame: Buffer) {
    const port = ports.get(addressAt(frame, DESTINATION_AT))
    if (port === undefined) return
    const timer = setTimeout(() => {
      timers.delete(timer)
      socket.send(frame, port, '127.0.0.1')
    }, random() * chances.lateMaxMs)
    timers.add(timer)
  }
  /** Somebody with a key of his own answers in the place of whom was asked: it is the year 2001. */
  function forge(asked: Buffer): Buffer {
    const body = Buffer.alloc(17)
    body.writeBigUInt64BE(BigInt(Math.floor(random() * 2 ** 48)), 0)
    body.writeBigUInt64BE(1_000_000_000_000n, 8)
    body[16] = 2
    const source = addressAt(asked, DESTINATION_AT)
    const destination = addressAt(asked, SOURCE_AT)
    const counter = BigInt(Math.floor(random() * 2 ** 40))
    return Buffer.from(sealFrame({ type: TIME_RESP, source, destination, counter, body }, Buffer.alloc(16, 1)))
  }
  function changed(frame: Buffer): Buffer {
    const other = Buffer.from(frame)
    // Behind the destination: what is for somebody else is not even looked at.
    const at = DESTINATION_AT + ADDRESS_BYTES + Math.floor(random() * (frame.length - DESTINATION_AT - ADDRESS_BYTES))
    other[at]! ^= 1 << Math.floor(random() * 8)
    return other
  }

  socket.on('message', (bytes, { port }) => {
    if (bytes.length === ADDRESS_BYTES) return void ports.set(bytes.toString('hex'), port)
    counts.sent++
    if (heard.length < HEARD_MAX) heard.push(bytes)
    else heard[Math.floor(random() * HEARD_MAX)] = bytes
    const also = (name: keyof AirChances & keyof AirCounts, make: () => Buffer) => {
      if (!isSo(chances[name])) return
      counts[name]++
      deliver(make())
    }
    also('replayed', () => heard[Math.floor(random() * heard.length)]!)
    also('changed', () => changed(bytes))
    also('forged', () => forge(bytes))
    if (isSo(chances.lost)) {
      counts.lost++
      return
    }
    also('doubled', () => bytes)
    deliver(bytes)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return {
    port: socket.address().port,
    counts,
    async [Symbol.asyncDispose]() {
      for (const timer of timers) clearTimeout(timer)
      const closed = once(socket, 'close')
      socket.close()
      await closed
    },
  }
}
