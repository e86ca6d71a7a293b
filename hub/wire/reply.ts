// The `reply` payload: a node's answer to a command or a configuration.
import { type CborValue, encodeCbor } from './cbor.ts'
import { TEXT_MAX_BYTES, UINT32_MAX } from './limits.ts'
import { flag, shape, text, uint } from './shape.ts'

export interface Reply {
  /** The command's `rid`, or the configuration's `rev`. */
  rid: number
  ok: boolean
  /** A diagnostic code that says why not. */
  code?: number
  text?: string
  /** What the command gave besides. */
  [key: string]: unknown
}

const REPLY = shape<Reply>({ rid: uint(UINT32_MAX), ok: flag }, { code: uint(0xffff), text: text(TEXT_MAX_BYTES, 0) })

export const REPLY_REASONS = REPLY.reasons
/** A reply, or why it breaks the contract (REPLY_REASONS). Never throws. */
export const decodeReply = REPLY.decode
export const encodeReply = (value: Reply): Uint8Array => encodeCbor({ v: 1, ...value } as Record<string, CborValue>)
