// The farm's time authority (R-COM-14): knows whether the hub's clock can be believed, keeps it from falling back into the past, takes
// the time from staff when nothing better is there, and tells when it turns out that it had been wrong.
//
//   unset ──(the machine's clock is set)──▶ kept ──(a time server)──▶ network
//     └───(staff give the time)──▶ staff ──(a time server)──────────────▲
//   unset, kept ──(nodes agree that it is later)──▶ nodes ──(staff, a time server)──▶ staff, network
//   kept, staff ──(the machine's clock falls back)──▶ the hub goes on by itself and stays what it was
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { makeDir, readWhole, replaceFile } from '../core/replace-file.ts'
import type { SystemTime } from '../core/system-time.ts'
import { CLOCK_SANE_FROM_MS, type ClockTrust, judgeClock } from './clock-trust.ts'
import type { HubClock } from './hub-clock.ts'
import { parseTimeNote, type TimeNote } from './time-note.ts'

export const WATCH_PERIOD_MS = 1_000
/** A difference between the wall clock and the monotonic one that is no slewing. */
const STEP_MIN_MS = 1_000
/** The time is written down this often, so that the next start knows what is past. */
const NOTE_PERIOD_MS = 10 * 60_000
/** A clock that is behind the note by no more than this was set right in between; one further behind lost its time. */
const BEHIND_MAX_MS = 60_000
/** A time server sets the clock a moment before the machine says that it has one. */
const SERVED_AFTER_STEP_MS = 60_000
const NOTE_MAX_BYTES = 4_096
const TIME_END_MS = Date.UTC(2100, 0, 1)

/** It turned out that the hub's clock had been wrong: what it placed in [sinceMs, untilMs) belongs `byMs` later. */
export interface ClockCorrection {
  sinceMs: number
  untilMs: number
  byMs: number
}

export interface TimeStatus extends ClockTrust {
  wallMs: number
  /** Steps of the hub's clock since start. */
  steps: number
  lastStep: { atMs: number; byMs: number } | null
  /** The hub goes on by itself: the machine's clock is wrong and the hub cannot set it. */
  isOnOwn: boolean
}

export interface TimeAuthority {
  status(): TimeStatus
  /** The same as `status().isTrusted`, cheap. */
  isTrusted(): boolean
  /** Somebody said that it is right; one that only ran on is trusted, and may yet be found wrong. */
  isProven(): boolean
  /** Takes the time from staff. CLOCK_KEPT while a time server keeps it, BAD_REQUEST for a time that cannot be. */
  setByStaff(wallMs: number): Promise<TimeStatus>
  /** True while the time is a guess: the machine had stopped and nobody has said since what time it is. */
  isDoubted(): boolean
  /** Takes the time that nodes agree on while it is doubted. */
  takeFromNodes(wallMs: number): void
  /** Heard after the clock shows the right time. */
  onCorrection(listener: (correction: ClockCorrection) => void): void
  [Symbol.asyncDispose](): Promise<void>
}

/** Reads what the last run wrote down in `dir` and begins to watch. DISK. */
export async function openTimeAuthority(parts: {
  dir: string
  disk: Disk
  clock: HubClock
  system: SystemTime
  log: Log
}): Promise<TimeAuthority> {
  const { clock, disk, system, log } = parts
  const path = `${parts.dir}/time.json`
  await makeDir(disk, parts.dir)
  const note = parseTimeNote(
    await readWhole(disk, path, NOTE_MAX_BYTES).catch((error) => {
      log.warn('time-note-unreadable', errorFields(error))
      return null
    }),
  )
  const listeners: ((correction: ClockCorrection) => void)[] = []
  let pastMs = note ? note.lastKnownMs - BEHIND_MAX_MS : 0
  let staff = note?.staff?.bootId === system.bootId ? note.staff : null
  let isServed = await system.isSynchronised()
  let isUnset = false
  let isFromNodes = false
  /** The machine stopped since the hub last knew the time, for nobody knows how long. */
  let isDoubted = note !== null && (note.isDoubted || note.bootId !== system.bootId)
  let steps = 0
  let lastStep: TimeStatus['lastStep'] = null
  let unproven: { correction: ClockCorrection; monotonicMs: number } | null = null

  const isPlausible = (wallMs: number) => wallMs >= CLOCK_SANE_FROM_MS && wallMs >= pastMs
  if (!isServed && !isPlausible(clock.machineWallMs)) {
    // While the machine has not stopped since staff gave the time, its uptime tells what passed.
    if (staff) clock.goOnFrom(staff.wallMs + system.uptimeMs() - staff.uptimeMs)
    else {
      isUnset = true
      clock.goOnFrom(Math.max(clock.machineWallMs, note?.lastKnownMs ?? 0))
    }
  }
  let wrongSinceMs = clock.wallMs()
  let seen = look()

  const trust = (): ClockTrust =>
    judgeClock({
      wallMs: isUnset ? 0 : clock.wallMs(),
      lastKnownMs: 0,
      isNetworkSynchronised: isServed,
      isSetByStaff: staff !== null,
      isFromNodes,
    })
  log[isUnset ? 'warn' : 'info']('clock', { source: trust().source, isOnOwn: !clock.isFollowing })

  function look() {
    return { wallMs: clock.wallMs(), machineMs: clock.machineWallMs, monotonicMs: clock.monotonicMs() }
  }

  /** The clock went from `fromMs` to what it shows now; `isProven`: because the new time is known to be right. */
  function stepped(fromMs: number, isProven: boolean) {
    const byMs = Math.round(clock.wallMs() - fromMs)
    steps++
    lastStep = { atMs: clock.wallMs(), byMs }
    log.warn('clock-stepped', { byMs, source: trust().source })
    const correction = { sinceMs: wrongSinceMs, untilMs: Math.ceil(fromMs), byMs }
    wrongSinceMs = clock.wallMs()
    if (isProven) tell(correction)
    else unproven = { correction, monotonicMs: clock.monotonicMs() }
    saveNote()
  }

  function tell(correction: ClockCorrection) {
    for (const listener of listeners) listener(correction)
  }

  /** Holds the machine's clock against what passed since the last look, and decides which clock to follow. */
  async function watch() {
    const wasServed = isServed
    isServed = await system.isSynchronised()
    const passedMs = clock.monotonicMs() - seen.monotonicMs
    const expectedMs = seen.wallMs + passedMs
    if (clock.isFollowing) {
      const jumpMs = clock.machineWallMs - seen.machineMs - passedMs
      if (jumpMs < -BEHIND_MAX_MS && !isServed) {
        clock.goOnFrom(expectedMs)
        log.warn('clock-fell-back', { byMs: Math.round(jumpMs) })
      } else if (Math.abs(jumpMs) >= STEP_MIN_MS) stepped(expectedMs, isServed && !wasServed)
    } else if (isServed || (isUnset ? isPlausible(clock.machineWallMs) : isNear(clock.machineWallMs, expectedMs))) {
      const wasWrong = isUnset || !wasServed
      clock.follow()
      isUnset = false
      if (!isNear(clock.wallMs(), expectedMs)) stepped(expectedMs, wasWrong)
    }
    if (isServed && !wasServed && unproven && clock.monotonicMs() - unproven.monotonicMs <= SERVED_AFTER_STEP_MS) {
      tell(unproven.correction)
    }
    if (isServed) {
      unproven = staff = null
      isFromNodes = isDoubted = false
    }
    seen = look()
  }

  let saving: Promise<void> = Promise.resolve()
  function saveNote() {
    const lastKnownMs = isUnset ? (note?.lastKnownMs ?? 0) : clock.wallMs()
    const known: TimeNote = { lastKnownMs, bootId: system.bootId, isDoubted, staff }
    saving = saving
      .then(() => replaceFile(disk, path, Buffer.from(JSON.stringify(known))))
      .catch((error) => log.error('time-note-not-written', errorFields(error)))
  }

  let watching: Promise<void> = Promise.resolve()
  const watcher = clock.every(WATCH_PERIOD_MS, () => {
    watching = watching.then(watch)
  })
  const noter = clock.every(NOTE_PERIOD_MS, saveNote)
  saveNote()

  const status = (): TimeStatus => ({
    ...trust(),
    wallMs: clock.wallMs(),
    steps,
    lastStep,
    isOnOwn: !clock.isFollowing,
  })

  /** Sets the machine's clock where that is possible, else the hub's own; `wasRight`: the time before was no mistake. */
  async function setTo(wallMs: number, by: 'staff' | 'nodes', wasRight: boolean) {
    const before = look()
    const isSet = await system.set(wallMs)
    const passedMs = clock.monotonicMs() - before.monotonicMs
    if (isSet && isNear(clock.machineWallMs, wallMs + passedMs)) clock.follow()
    else clock.goOnFrom(wallMs + passedMs)
    isUnset = isDoubted = false
    pastMs = 0
    unproven = null
    isFromNodes = by === 'nodes'
    staff = isFromNodes ? null : { bootId: system.bootId, uptimeMs: system.uptimeMs(), wallMs: clock.wallMs() }
    log.info('clock-set', { by, isMachineSet: clock.isFollowing })
    const expectedMs = before.wallMs + passedMs
    if (!isNear(clock.wallMs(), expectedMs)) stepped(expectedMs, !wasRight)
    else saveNote()
    seen = look()
    await saving // what staff did survives a power cut
  }

  async function setByStaff(wallMs: number) {
    if (isServed) throw new RoostError('CLOCK_KEPT', 'a time server keeps the clock; it is not set by hand')
    await setTo(wallMs, 'staff', staff !== null)
    return status()
  }

  return {
    status,
    isTrusted: () => !isUnset,
    isProven: () => isServed || staff !== null || isFromNodes,
    isDoubted: () => isDoubted && !isServed,
    setByStaff(wallMs) {
      if (!(wallMs >= CLOCK_SANE_FROM_MS && wallMs < TIME_END_MS)) {
        const what = `body "tMs": ${wallMs} is no time of these days in milliseconds since 1970`
        return Promise.reject(new RoostError('BAD_REQUEST', what))
      }
      const done = watching.then(() => setByStaff(wallMs))
      watching = done.then(
        () => {},
        () => {},
      )
      return done
    },
    takeFromNodes(wallMs) {
      const askedMs = clock.monotonicMs()
      watching = watching.then(async () => {
        if (!isDoubted) return
        await setTo(wallMs + clock.monotonicMs() - askedMs, 'nodes', false)
      })
    },
    onCorrection: (listener) => void listeners.push(listener),
    async [Symbol.asyncDispose]() {
      watcher.cancel()
      noter.cancel()
      await watching
      saveNote()
      await saving
    },
  }
}

const isNear = (aMs: number, bMs: number) => Math.abs(aMs - bMs) < STEP_MIN_MS
