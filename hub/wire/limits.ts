// The bounds of every payload under `/farm` (FORMAT.md, "Common rules"), enforced before anything is allocated.

export const PAYLOAD_MAX_BYTES = 8_192
/** Maps and arrays that may be open at once; the payload's own map is the first. */
export const DEPTH_MAX = 4
export const SAMPLES_MAX = 256

export const UINT32_MAX = 0xffff_ffff
/** 9999-12-31T23:59:59.999Z: the latest time that every calendar function here and on the nodes can name. */
export const TIME_MAX_MS = 253_402_300_799_999

/** The longest of the texts, in bytes of UTF-8. */
export const UNIT_MAX_BYTES = 16
export const VERSION_MAX_BYTES = 32
export const SENSOR_MAX_BYTES = 64
export const TEXT_MAX_BYTES = 256
