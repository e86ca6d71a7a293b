// MQTT 3.1.1 packets as bytes, written from the standard and not with the library under test, for clients that break the rules.

const u16 = (value: number) => [(value >> 8) & 255, value & 255]

function bytes(...parts: (number[] | Uint8Array | string)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? string(part) : Buffer.from(part))))
}

/** A length-prefixed UTF-8 string [MQTT-1.5.3]. */
function string(text: string | Uint8Array): Buffer {
  const body = Buffer.from(text)
  return Buffer.concat([Buffer.from(u16(body.length)), body])
}

/** A fixed header before a body [MQTT-2.2]. */
export function frame(firstByte: number, body: Uint8Array, declaredBytes = body.length): Buffer {
  const length: number[] = []
  let left = declaredBytes
  do {
    length.push((left % 128) + (left >= 128 ? 128 : 0))
    left = Math.floor(left / 128)
  } while (left > 0)
  return Buffer.concat([Buffer.from([firstByte, ...length]), body])
}

export interface ConnectOptions {
  clientId?: string
  clean?: boolean
  keepaliveS?: number
  username?: string
  password?: string | Uint8Array
  will?: { topic: string; payload: Uint8Array | string; qos: 0 | 1 | 2; retain: boolean }
}

export function connect(options: ConnectOptions = {}): Buffer {
  const { clientId = '', clean = true, keepaliveS = 0, username, password, will } = options
  const flags =
    (clean ? 2 : 0) |
    (will ? 4 | (will.qos << 3) | (will.retain ? 32 : 0) : 0) |
    (password === undefined ? 0 : 64) |
    (username === undefined ? 0 : 128)
  return frame(
    0x10,
    Buffer.concat([
      bytes('MQTT', [4, flags, ...u16(keepaliveS)], clientId),
      ...(will ? [string(will.topic), string(will.payload)] : []),
      ...(username === undefined ? [] : [string(username)]),
      ...(password === undefined ? [] : [string(password)]),
    ]),
  )
}

export interface PublishOptions {
  qos?: 0 | 1 | 2
  retain?: boolean
  id?: number
  isDuplicate?: boolean
}

export function publish(topic: string, payload: Uint8Array | string, options: PublishOptions = {}): Buffer {
  const { qos = 0, retain = false, id = 1, isDuplicate = false } = options
  const flags = (qos << 1) | (retain ? 1 : 0) | (isDuplicate ? 8 : 0)
  return frame(0x30 | flags, bytes(topic, qos > 0 ? u16(id) : [], Buffer.from(payload)))
}

export const subscribe = (id: number, filters: readonly string[], qos = 0): Buffer =>
  frame(0x82, Buffer.concat([Buffer.from(u16(id)), ...filters.map((filter) => bytes(filter, [qos]))]))

export const unsubscribe = (id: number, filters: readonly string[]): Buffer =>
  frame(0xa2, Buffer.concat([Buffer.from(u16(id)), ...filters.map((filter) => bytes(filter))]))

const acknowledgement = (firstByte: number) => (id: number) => frame(firstByte, Buffer.from(u16(id)))
export const puback = acknowledgement(0x40)
export const pubrec = acknowledgement(0x50)
export const pubrel = acknowledgement(0x62)
export const pubcomp = acknowledgement(0x70)
export const pingreq = (): Buffer => frame(0xc0, Buffer.alloc(0))
export const disconnect = (): Buffer => frame(0xe0, Buffer.alloc(0))

export interface Frame {
  firstByte: number
  body: Buffer
}

/** Cuts a stream of bytes into packets; gives what is whole and keeps the rest. */
export function createFrameReader(): (chunk: Uint8Array) => Frame[] {
  let rest = Buffer.alloc(0)
  return (chunk) => {
    rest = Buffer.concat([rest, chunk])
    const frames: Frame[] = []
    for (;;) {
      let lengthBytes = 0
      let at = 1
      for (; at < 5 && at < rest.length; at++) {
        lengthBytes += (rest[at]! & 127) * 128 ** (at - 1)
        if (rest[at]! < 128) break
      }
      if (at >= rest.length || rest.length < at + 1 + lengthBytes) return frames
      frames.push({ firstByte: rest[0]!, body: rest.subarray(at + 1, at + 1 + lengthBytes) })
      rest = rest.subarray(at + 1 + lengthBytes)
    }
  }
}
