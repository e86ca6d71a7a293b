// Errors as the API tells them: RFC 9457 problem documents, and the one table from error codes to HTTP status.
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { ERROR_CODES, type ErrorCode, isRoostError } from '../core/errors.ts'
import type { ProblemDto } from './contract.ts'

const STATUS: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  ACCOUNT_EXISTS: 409,
  ACCOUNT_UNKNOWN: 404,
  ALARM_UNKNOWN: 404,
  BACKUP_OFF: 409,
  BACKUP_UNUSABLE: 422,
  BAD_REQUEST: 400,
  BUSY: 429,
  CERTIFICATE_UNKNOWN: 404,
  CHANNEL_UNKNOWN: 404,
  CLAIMED: 409,
  CLOCK_KEPT: 409,
  CODE_WRONG: 404,
  CRITICAL_ALARM: 409,
  DISK: 503,
  FORMAT_NEWER: 422,
  ENROLMENT_OFF: 409,
  DEVICE_UNKNOWN: 404,
  FIRMWARE_UNKNOWN: 404,
  FLOCK_UNKNOWN: 404,
  HOUSE_OCCUPIED: 409,
  HOUSE_UNKNOWN: 404,
  IMAGE_REFUSED: 422,
  LAST_ADMIN: 409,
  LOGIN_WRONG: 401,
  MESSAGE_UNKNOWN: 404,
  NOTE_UNKNOWN: 404,
  SERIES_UNKNOWN: 404,
  PLACE_TAKEN: 409,
  REVISION_STALE: 412,
  STORE_FULL: 507,
  STORE_CLOSED: 503,
  TOKEN_UNKNOWN: 404,
  TOO_MANY: 429,
  UPDATE_OFF: 409,
  UPDATE_REFUSED: 422,
}

/** A problem response; `detail` names what and where. */
export function problem(c: Context, status: ContentfulStatusCode, code: string, title: string, detail: string) {
  const body: ProblemDto = { type: 'about:blank', title, status, detail, code }
  return c.json(body, status, { 'content-type': 'application/problem+json' })
}

/** The status with which errors of this code are told. */
export const statusOfCode = (code: ErrorCode): ContentfulStatusCode => STATUS[code] ?? 500
/** The status with which an error is told. */
export const statusOf = (error: unknown): ContentfulStatusCode => (isRoostError(error) ? statusOfCode(error.code) : 500)

/** The answer to an error that a route threw; what is not a RoostError tells the client nothing about our insides. */
export function problemOf(c: Context, error: unknown) {
  if (!isRoostError(error)) return problem(c, 500, 'INTERNAL', 'internal error', 'the hub failed; its log says more')
  return problem(c, statusOf(error), error.code, ERROR_CODES[error.code], error.message)
}
