// The OTA payloads: offer, status, request, chunk, cancel. HTTPS with range requests carries the same image.
import { type CborValue, encodeCbor } from './cbor.ts'
import { TEXT_MAX_BYTES, UINT32_MAX, VERSION_MAX_BYTES } from './limits.ts'
import { bytes, flag, integer, oneOf, shape, text, uint } from './shape.ts'

export const OTA_CHUNK_BYTES = 4_096
/** Chunks that one request may ask for. */
export const OTA_REQUEST_MAX = 16
/** Two slots of 3.5 MB (R-OTA-04). */
export const OTA_IMAGE_MAX_BYTES = 0x38_0000
const CHUNKS_MAX = OTA_IMAGE_MAX_BYTES / OTA_CHUNK_BYTES

export const OTA_PHASES = ['accept', 'reject', 'download', 'verify', 'boot', 'confirm', 'rollback', 'fail'] as const
export type OtaPhase = (typeof OTA_PHASES)[number]

export interface OtaOffer {
  /** The same in every message of one update of one node. */
  id: number
  version: string
  /** Anti-rollback version; a node refuses one below its own. */
  secure_version: number
  chip: string
  /** Bytes. */
  size: number
  sha256: Uint8Array
  chunk: 4096
  /** size / chunk, rounded up. */
  chunks: number
  url?: string
  /** Seconds from the offer within which the node must have confirmed. */
  deadline_s: number
  /** Also when the node runs this version already. */
  force?: boolean
}

export interface OtaStatus {
  id: number
  phase: OtaPhase
  /** Chunks that are in flash, from the first on. */
  got?: number
  total?: number
  /** A diagnostic code that says why not. */
  code?: number
  text?: string
}

/** Chunks from … from + count − 1. */
export interface OtaRequest {
  id: number
  from: number
  count: number
}

export interface OtaChunk {
  id: number
  /** The chunk's number, from 0. */
  n: number
  d: Uint8Array
}

export interface OtaCancel {
  id: number
}

const id = uint(UINT32_MAX)
const OFFER = shape<OtaOffer>(
  {
    id,
    version: text(VERSION_MAX_BYTES),
    secure_version: uint(UINT32_MAX),
    chip: text(16),
    size: integer(1, OTA_IMAGE_MAX_BYTES),
    sha256: bytes(32, 32),
    chunk: integer(OTA_CHUNK_BYTES, OTA_CHUNK_BYTES),
    chunks: integer(1, CHUNKS_MAX),
    deadline_s: integer(1, 604_800),
  },
  { url: text(TEXT_MAX_BYTES), force: flag },
)
const STATUS = shape<OtaStatus>(
  { id, phase: oneOf(OTA_PHASES) },
  { got: uint(CHUNKS_MAX), total: uint(CHUNKS_MAX), code: uint(0xffff), text: text(TEXT_MAX_BYTES, 0) },
)
const REQUEST = shape<OtaRequest>({ id, from: uint(CHUNKS_MAX - 1), count: integer(1, OTA_REQUEST_MAX) })
const CHUNK = shape<OtaChunk>({ id, n: uint(CHUNKS_MAX - 1), d: bytes(1, OTA_CHUNK_BYTES) })
const CANCEL = shape<OtaCancel>({ id })

/** The closed lists of reasons, by message. */
export const OTA_REASONS = {
  offer: OFFER.reasons,
  status: STATUS.reasons,
  request: REQUEST.reasons,
  chunk: CHUNK.reasons,
  cancel: CANCEL.reasons,
}

/** Each gives the message, or why it breaks the contract (OTA_REASONS). None throws. */
export const decodeOtaOffer = OFFER.decode
export const decodeOtaStatus = STATUS.decode
export const decodeOtaRequest = REQUEST.decode
export const decodeOtaChunk = CHUNK.decode
export const decodeOtaCancel = CANCEL.decode

const encode = (value: object) => encodeCbor({ v: 1, ...value } as Record<string, CborValue>)
export const encodeOtaOffer = (value: OtaOffer): Uint8Array => encode(value)
export const encodeOtaStatus = (value: OtaStatus): Uint8Array => encode(value)
export const encodeOtaRequest = (value: OtaRequest): Uint8Array => encode(value)
export const encodeOtaChunk = (value: OtaChunk): Uint8Array => encode(value)
export const encodeOtaCancel = (value: OtaCancel): Uint8Array => encode(value)
