// What the hub writes down about the time, so that the next start knows what is past. Pure.

export interface TimeNote {
  /** The newest time that was believed. */
  lastKnownMs: number
  /** The boot of the machine in which this was written. */
  bootId: string
  /** The machine had stopped before, and nobody has said since what time it is. */
  isDoubted: boolean
  /** Staff set the clock in this boot of the machine, when it had run for `uptimeMs`. */
  staff: { bootId: string; uptimeMs: number; wallMs: number } | null
}

/** The note in a file; null when it is missing or broken: the hub then knows nothing, which is safe. */
export function parseTimeNote(bytes: Uint8Array | null): TimeNote | null {
  if (!bytes) return null
  try {
    const { lastKnownMs, bootId, isDoubted, staff } = JSON.parse(
      Buffer.from(bytes).toString('utf8'),
    ) as Partial<TimeNote>
    if (typeof lastKnownMs !== 'number' || !Number.isFinite(lastKnownMs)) return null
    const isWhole =
      typeof staff?.bootId === 'string' && Number.isFinite(staff.uptimeMs) && Number.isFinite(staff.wallMs)
    return { lastKnownMs, bootId: String(bootId), isDoubted: isDoubted === true, staff: isWhole ? staff! : null }
  } catch {
    return null
  }
}
