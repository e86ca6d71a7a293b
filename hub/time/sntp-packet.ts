// SNTP, the server's side of one exchange (RFC 4330 §5, RFC 5905 §7.3). Pure.
//
//    0  LI (2 bits) · version (3) · mode (3)     1  stratum     2  poll     3  precision (s8, log2 s)
//    4  root delay     8  root dispersion (u16.16 s)     12  reference id
//   16  reference time     24  originate time (the client's transmit time)     32  receive time     40  transmit time
//   times: seconds since 1900 u32 · fraction u32

export const SNTP_BYTES = 48
/** Seconds from 1900 to 1970. */
const EPOCH_OFFSET_S = 2_208_988_800
const MODE_CLIENT = 3
const MODE_SERVER = 4
const LEAP_UNSYNCHRONISED = 3
/** The wall clock is read in milliseconds: 2^-10 s. */
const PRECISION_LOG2_S = -10
const REFERENCE_ID = 0x524f_5354 // "ROST"

export interface SntpTimes {
  receivedMs: number
  sentMs: number
  /** Whether the hub's clock can be trusted; if not, the answer says so and a client must not use it (RFC 4330 §5). */
  isTrusted: boolean
  /** How wrong the hub's clock may be. */
  errorMs: number
  stratum: number
}

/** The answer to a client's request, or null for anything that is none. */
export function answerSntp(request: Uint8Array, times: SntpTimes): Uint8Array | null {
  if (request.length < SNTP_BYTES) return null
  const version = (request[0]! >> 3) & 7
  if ((request[0]! & 7) !== MODE_CLIENT || version < 1 || version > 4) return null
  const answer = new Uint8Array(SNTP_BYTES)
  const view = new DataView(answer.buffer)
  const leap = times.isTrusted ? 0 : LEAP_UNSYNCHRONISED
  answer[0] = (leap << 6) | (version << 3) | MODE_SERVER
  answer[1] = times.stratum
  answer[2] = request[2]!
  view.setInt8(3, PRECISION_LOG2_S)
  view.setUint32(8, Math.min(0xffff_ffff, Math.round((times.errorMs / 1000) * 65_536)))
  view.setUint32(12, REFERENCE_ID)
  writeTime(view, 16, times.receivedMs)
  answer.set(request.subarray(40, 48), 24)
  writeTime(view, 32, times.receivedMs)
  writeTime(view, 40, times.sentMs)
  return answer
}

/** Milliseconds since the Unix epoch as NTP time; wraps in 2036 as the format does (RFC 5905 §6). */
function writeTime(view: DataView, at: number, ms: number) {
  const seconds = Math.floor(ms / 1000)
  view.setUint32(at, (seconds + EPOCH_OFFSET_S) % 2 ** 32)
  view.setUint32(at + 4, Math.floor(((ms - seconds * 1000) / 1000) * 2 ** 32))
}
