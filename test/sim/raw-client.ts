// An MQTT client that sends the bytes it is told and keeps what comes back.
import { createConnection, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ConnectOptions, connect, createFrameReader, type Frame } from './mqtt-bytes.ts'

export interface RawClient {
  readonly socket: Duplex
  readonly frames: Frame[]
  readonly isClosed: boolean
  send(...packets: Uint8Array[]): void
  /** The next packet of this type (4 high bits) that nobody took yet. */
  take(type: number, timeoutMs?: number): Promise<Frame>
  closed(timeoutMs?: number): Promise<void>
  end(): void
}

export const CONNACK = 2
export const PUBLISH = 3
export const PUBACK = 4
export const PUBREC = 5
export const PUBREL = 6
export const PUBCOMP = 7
export const SUBACK = 9
export const UNSUBACK = 11
export const PINGRESP = 13

/** Speaks over any stream. */
export function rawClient(socket: Duplex): RawClient {
  const read = createFrameReader()
  const frames: Frame[] = []
  const hears = new Set<() => void>()
  let isClosed = false
  const tell = () => {
    for (const hear of hears) hear()
  }
  socket.on('data', (chunk: Uint8Array) => {
    frames.push(...read(chunk))
    tell()
  })
  socket.on('error', () => {})
  socket.on('close', () => {
    isClosed = true
    tell()
  })

  /** Looks at once and whenever something came, until `look` finds something. */
  function until<T>(look: () => T | undefined, timeoutMs: number, what: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => end(() => reject(new Error(`not within ${timeoutMs} ms: ${what}`))), timeoutMs)
      const end = (how: () => void) => {
        clearTimeout(timer)
        hears.delete(hear)
        how()
      }
      const hear = () => {
        const found = look()
        if (found !== undefined) end(() => resolve(found))
        else if (isClosed) end(() => reject(new Error(`the connection ended before ${what}`)))
      }
      hears.add(hear)
      hear()
    })
  }

  return {
    socket,
    frames,
    get isClosed() {
      return isClosed
    },
    send: (...packets) => void (socket.writable && socket.write(Buffer.concat(packets))),
    take: (type, timeoutMs = 5_000) => {
      const find = () => {
        const index = frames.findIndex(({ firstByte }) => firstByte >> 4 === type)
        return index < 0 ? undefined : frames.splice(index, 1)[0]
      }
      return until(find, timeoutMs, `a packet of type ${type}`)
    },
    closed: (timeoutMs = 5_000) =>
      until(() => isClosed || undefined, timeoutMs, 'the end of the connection').then(() => {}),
    end: () => void socket.destroy(),
  }
}

export const openRaw = (port: number): RawClient => rawClient(createConnection({ port, host: '127.0.0.1' }) as Socket)

/** Connected and let in; the CONNACK's two bytes are looked at. */
export async function openClient(port: number, options: ConnectOptions = {}): Promise<RawClient> {
  const client = openRaw(port)
  client.send(connect(options))
  const { body } = await client.take(CONNACK)
  if (body[1] !== 0) throw new Error(`CONNACK ${body[1]}`)
  return client
}
