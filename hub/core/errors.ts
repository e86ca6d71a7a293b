// The one table of operating errors: every RoostError carries a code from here, a place in its message, and its cause.

/** Codes of errors that an operator or a caller can act on. */
export const ERROR_CODES = {
  ACCOUNT_EXISTS: 'somebody has this name already',
  ACCOUNT_UNKNOWN: 'nobody has this name',
  ALARM_UNKNOWN: 'no alarm has this number',
  BACKUP_OFF: 'no directory for backups was chosen',
  BACKUP_UNUSABLE: 'a backup cannot be used',
  BAD_OPTION: 'a command-line option or an environment variable cannot be used',
  BAD_REQUEST: 'a request breaks its schema',
  BUSY: 'too many of these are being worked on already',
  CERTIFICATE_UNKNOWN: 'no certificate has this serial',
  CHANNEL_UNKNOWN: 'no channel has this id',
  CLAIMED: 'the box belongs to a farm already',
  CLOCK_KEPT: 'a time server keeps the clock',
  CODE_WRONG: 'a one-time code cannot be used',
  CRITICAL_ALARM: 'a critical alarm is on',
  DATA_DIR_FOREIGN: 'the data directory belongs to something else',
  DATA_DIR_LOCKED: 'another hub uses the data directory',
  DATA_DIR_UNUSABLE: 'the data directory cannot be read or written',
  DEVICE_PLACED: 'this device already has another place',
  DEVICE_UNKNOWN: 'no device has this uid',
  DISK: 'a disk operation failed',
  ENROLMENT_OFF: 'the hub takes no new nodes over the network',
  FIRMWARE_UNKNOWN: 'no firmware or rollout has this id',
  FLOCK_UNKNOWN: 'no flock has this id',
  FORMAT_NEWER: 'a file was written by a newer version of Roost',
  HOUSE_OCCUPIED: 'a flock is in this house already',
  HOUSE_UNKNOWN: 'no device hangs in this house',
  IMAGE_REFUSED: 'a firmware cannot be used',
  LAST_ADMIN: 'a farm keeps one admin at least',
  LOGIN_WRONG: 'name and password do not belong together',
  MESSAGE_UNKNOWN: 'no such message is kept',
  NOTE_UNKNOWN: 'no note has this id',
  PKI_BROKEN: 'a key or certificate on disk cannot be used',
  PLACE_TAKEN: 'another device has this place',
  PORT_IN_USE: 'an address is already in use',
  REGISTRY_CORRUPT: 'no generation of a settings file is readable',
  REVISION_STALE: 'somebody else changed this meanwhile',
  SERIES_UNKNOWN: 'no series has this name',
  STORE_CLOSED: 'the store is closed',
  STORE_CORRUPT: 'stored bytes fail their checksum',
  STORE_FULL: 'the card is full',
  TOKEN_UNKNOWN: 'no session or token has this id',
  TOO_MANY: 'tried too often',
  UPDATE_OFF: 'this hub is no appliance',
  UPDATE_REFUSED: 'an update cannot be used',
  USER_EXISTS: 'a user of the broker has this name already',
  USER_UNKNOWN: 'the broker has no user of this name',
} as const

export type ErrorCode = keyof typeof ERROR_CODES

/** An operating error: `code` for programs, `message` naming what and where for people, `cause` for the log. */
export class RoostError extends Error {
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'RoostError'
    this.code = code
  }
}

/** True for a RoostError, of the given code when one is given. */
export const isRoostError = (error: unknown, code?: ErrorCode): error is RoostError =>
  error instanceof RoostError && (code === undefined || error.code === code)
