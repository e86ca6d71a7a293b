// ESP-NOW frames between nodes (R-COM-11): ping and time, nothing else. Byte diagrams in FORMAT.md.
import { FRAME_REASONS, type Frame, openFrame, sealFrame } from './frame.ts'
import { TIME_MAX_MS } from './limits.ts'

/** What one ESP-NOW packet carries at most. */
export const PEER_FRAME_MAX_BYTES = 250

export const PEER_TYPES = { ping: 1, pong: 2, timeSync: 3, timeResp: 4 } as const

export type PeerBody =
  /** Milliseconds since the sender's boot. */
  | { type: 'ping'; upMs: number }
  /** `answers` is the ping's counter: a pong acknowledges that one. */
  | { type: 'pong'; answers: bigint; upMs: number }
  /** `askedMs` is the asker's own time since boot, sent back unchanged. */
  | { type: 'timeSync'; askedMs: number }
  /** `clk` says who set the answerer's clock: 1 a peer, 2 the hub. */
  | { type: 'timeResp'; askedMs: number; wallMs: number; clk: number }
export type PeerFrame = Pick<Frame, 'source' | 'destination' | 'counter'> & PeerBody

/** The closed list of reasons of `decodePeerFrame`. */
export const PEER_FRAME_REASONS: readonly string[] = [...FRAME_REASONS, 'type', 'body']

const BODY_BYTES = { ping: 8, pong: 16, timeSync: 8, timeResp: 17 } as const

/** Seals a frame; times are integers in 0 … TIME_MAX_MS. */
export function encodePeerFrame(frame: PeerFrame, key: Uint8Array): Uint8Array {
  const body = Buffer.alloc(BODY_BYTES[frame.type])
  switch (frame.type) {
    case 'ping':
      body.writeBigUInt64BE(BigInt(frame.upMs))
      break
    case 'pong':
      body.writeBigUInt64BE(frame.answers)
      body.writeBigUInt64BE(BigInt(frame.upMs), 8)
      break
    case 'timeSync':
      body.writeBigUInt64BE(BigInt(frame.askedMs))
      break
    case 'timeResp':
      body.writeBigUInt64BE(BigInt(frame.askedMs))
      body.writeBigUInt64BE(BigInt(frame.wallMs), 8)
      body[16] = frame.clk
      break
  }
  return sealFrame({ ...frame, type: PEER_TYPES[frame.type], body }, key)
}

/** A frame, or why it is refused (PEER_FRAME_REASONS); whether its counter is fresh, the caller asks `takeCounter`. */
export function decodePeerFrame(
  bytes: Uint8Array,
  key: Uint8Array,
): { ok: true; value: PeerFrame } | { ok: false; reason: string } {
  const opened = openFrame(bytes, key, PEER_FRAME_MAX_BYTES)
  if (!opened.ok) return opened
  const { type, source, destination, counter, body } = opened.value
  if (!Object.values<number>(PEER_TYPES).includes(type)) return { ok: false, reason: 'type' }
  const value = readBody(type, Buffer.from(body))
  return value ? { ok: true, value: { source, destination, counter, ...value } } : { ok: false, reason: 'body' }
}

function readBody(type: number, body: Buffer): PeerBody | null {
  if (type === PEER_TYPES.ping && body.length === BODY_BYTES.ping) {
    const upMs = readMs(body, 0)
    return upMs === null ? null : { type: 'ping', upMs }
  }
  if (type === PEER_TYPES.pong && body.length === BODY_BYTES.pong) {
    const upMs = readMs(body, 8)
    return upMs === null ? null : { type: 'pong', answers: body.readBigUInt64BE(), upMs }
  }
  if (type === PEER_TYPES.timeSync && body.length === BODY_BYTES.timeSync) {
    const askedMs = readMs(body, 0)
    return askedMs === null ? null : { type: 'timeSync', askedMs }
  }
  if (type === PEER_TYPES.timeResp && body.length === BODY_BYTES.timeResp) {
    const askedMs = readMs(body, 0)
    const wallMs = readMs(body, 8)
    const clk = body[16]!
    if (askedMs === null || wallMs === null || clk < 1 || clk > 2) return null
    return { type: 'timeResp', askedMs, wallMs, clk }
  }
  return null
}

function readMs(body: Buffer, offset: number): number | null {
  const ms = body.readBigUInt64BE(offset)
  return ms <= BigInt(TIME_MAX_MS) ? Number(ms) : null
}
