// The `diag` payload: one diagnostic code of a node (codes.ts), with how often it came up.
import { isSensorId } from '../core/ids.ts'
import { type CborValue, encodeCbor } from './cbor.ts'
import { TEXT_MAX_BYTES, TIME_MAX_MS, UINT32_MAX } from './limits.ts'
import { either, integer, shape, text, textLike, uint } from './shape.ts'

export interface Diag {
  boot: number
  seq: number
  t: number
  /** Milliseconds since the node's boot when it sent. */
  up?: number
  clk: number
  /** Subsystem × 0x1000 + number; codes that this hub does not know are kept as numbers. */
  code: number
  /** 1 info, 2 warning, 3 error, 4 critical. */
  sev: number
  /** Times since the code was last sent, this one included. */
  count: number
  arg?: number | string
  sensor?: string
}

const INT32_MAX = 0x7fff_ffff
const DIAG = shape<Diag>(
  {
    boot: uint(UINT32_MAX),
    seq: uint(UINT32_MAX),
    t: uint(TIME_MAX_MS),
    clk: uint(2),
    code: integer(0x1000, 0x5fff),
    sev: integer(1, 4),
    count: integer(1, UINT32_MAX),
  },
  {
    up: uint(TIME_MAX_MS),
    arg: either(integer(-INT32_MAX - 1, INT32_MAX), text(TEXT_MAX_BYTES, 0)),
    sensor: textLike(isSensorId),
  },
)

export const DIAG_REASONS = DIAG.reasons
/** A diagnostic, or why it breaks the contract (DIAG_REASONS). Never throws. */
export const decodeDiag = DIAG.decode
export const encodeDiag = (value: Diag): Uint8Array => encodeCbor({ v: 1, ...value } as Record<string, CborValue>)
