// An update of the appliance by staff: received in pieces, checked, written to the slot that does not run, tried by a restart.
//   idle → receiving → checked → installing → waiting → (restart)      a failure leads back to idle and says why
// Pieces rather than one upload: a phone on farm Wi-Fi loses its connection, and goes on where it was.
import { join } from 'node:path'
import type { BootSlots, BundleInfo, SlotsStatus } from '../core/boot-slots.ts'
import type { Disk, DiskFile } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { makeDir } from '../core/replace-file.ts'
import { judgeBundle } from './judge-bundle.ts'

export const BUNDLE_MAX_BYTES = 1024 * 1024 * 1024
/** Stays free on the card for the farm's data. */
const RESERVE_BYTES = 64 * 1024 * 1024
/** Of a file on a stick, read at once. */
const READ_BYTES = 1024 * 1024
const PART = 'upload.part'
const BUNDLE = 'upload.raucb'

export type UpdatePhase = 'idle' | 'receiving' | 'checking' | 'checked' | 'installing' | 'waiting' | 'restarting'

export interface UpdateStatus {
  /** What runs. */
  version: string
  slots: SlotsStatus
  phase: UpdatePhase
  /** While it comes in. */
  received: { bytes: number; ofBytes: number } | null
  /** What came in and was found good. */
  bundle: BundleInfo | null
  /** While it is written, 0 to 100. */
  percent: number | null
  /** Why the last one ended. */
  failure: string | null
}

export interface Update {
  status(): Promise<UpdateStatus>
  /** Makes room for a bundle of `sizeBytes`; what was there before is dropped. BUSY, BAD_REQUEST, STORE_FULL, DISK. */
  begin(sizeBytes: number): Promise<void>
  /**
   * Takes the next piece. After the last one the bundle is checked. BAD_REQUEST when it does not begin where the last one ended (the
   * status says where that is), UPDATE_REFUSED when the check fails, BUSY, DISK.
   */
  piece(offsetBytes: number, bytes: Uint8Array): Promise<void>
  /**
   * Takes a file as if it came in pieces, in the background; what goes wrong is the status's failure. The file is closed. BUSY, BAD_REQUEST,
   * STORE_FULL, DISK.
   */
  take(source: DiskFile): Promise<void>
  /** Starts to write what was found good; the status shows how far it is. BUSY, BAD_REQUEST, CRITICAL_ALARM. */
  install(): Promise<void>
  /** Restarts into what was written. BAD_REQUEST when nothing waits, CRITICAL_ALARM, DISK. */
  restart(): Promise<void>
  /** Drops what came in. BUSY while it is written. */
  drop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

export interface UpdateParts {
  /** Where a bundle lies on its way. */
  dir: string
  disk: Disk
  log: Log
  slots: BootSlots
  /** Of the system that runs. */
  release: { version: string; compatible: string }
  /** A critical alarm is on: nothing risky begins now. */
  isCritical(): boolean
}

/** Opens the update; what a former run left half received is dropped. DISK. */
export async function openUpdate({ dir, disk, log, slots, release, isCritical }: UpdateParts): Promise<Update> {
  await makeDir(disk, dir)
  const partPath = join(dir, PART)
  const bundlePath = join(dir, BUNDLE)
  let phase: UpdatePhase = (await slots.status()).waiting === null ? 'idle' : 'waiting'
  let file: DiskFile | null = null
  let received: UpdateStatus['received'] = null
  let bundle: BundleInfo | null = null
  let percent: number | null = null
  let failure: string | null = null
  let isTaking = false
  await clear()

  async function clear() {
    const open = file
    file = null
    received = null
    bundle = null
    percent = null
    await open?.close()
    for (const path of [partPath, bundlePath]) {
      await disk.unlink(path).catch((error) => {
        if (error.code !== 'ENOENT') throw error
      })
    }
  }

  async function fail(error: unknown) {
    failure = error instanceof Error ? error.message : String(error)
    phase = 'idle'
    log.warn('update-failed', errorFields(error))
    await clear().catch((each) => log.error('update-not-cleared', errorFields(each)))
  }

  const notWhile = (...phases: UpdatePhase[]) => {
    if (phases.includes(phase) || isTaking) throw new RoostError('BUSY', `the update is ${phase}`)
  }
  const notWhenCritical = () => {
    if (isCritical()) {
      throw new RoostError('CRITICAL_ALARM', 'a critical alarm is on: the box stays as it is until it is over')
    }
  }

  async function check() {
    phase = 'checking'
    await file!.sync()
    await file!.close()
    file = null
    await disk.rename(partPath, bundlePath)
    await disk.syncDir(dir)
    const info = await slots.inspect(bundlePath)
    const wrong = judgeBundle(info, release)
    if (wrong) throw new RoostError('UPDATE_REFUSED', `the update is refused: ${wrong}`)
    received = null
    bundle = info
    phase = 'checked'
    log.info('update-checked', { ...info })
  }

  async function write() {
    try {
      await slots.install(bundlePath, (now) => {
        percent = now
      })
      log.warn('update-written', { ...bundle })
      await clear()
      phase = 'waiting'
    } catch (error) {
      await fail(error)
    }
  }
  let writing: Promise<void> = Promise.resolve()
  let taking: Promise<void> = Promise.resolve()

  async function begin(sizeBytes: number) {
    notWhile('checking', 'installing', 'restarting')
    if (!Number.isSafeInteger(sizeBytes) || sizeBytes < 1 || sizeBytes > BUNDLE_MAX_BYTES) {
      throw new RoostError('BAD_REQUEST', `an update has between 1 and ${BUNDLE_MAX_BYTES} bytes, not ${sizeBytes}`)
    }
    isTaking = true
    try {
      await clear()
      const freeBytes = await disk.freeBytes(dir)
      if (freeBytes < sizeBytes + RESERVE_BYTES) {
        throw new RoostError('STORE_FULL', `the card has ${freeBytes} bytes left, too few for the update`)
      }
      file = await disk.open(partPath, 'create')
      received = { bytes: 0, ofBytes: sizeBytes }
      failure = null
      phase = 'receiving'
    } finally {
      isTaking = false
    }
  }

  async function piece(offsetBytes: number, bytes: Uint8Array) {
    notWhile()
    if (phase !== 'receiving' || !file || !received) {
      throw new RoostError('BAD_REQUEST', 'no update is being received: say first how long it is')
    }
    const isNext = offsetBytes === received.bytes && bytes.length > 0
    if (!isNext || offsetBytes + bytes.length > received.ofBytes) {
      throw new RoostError(
        'BAD_REQUEST',
        `a piece of ${bytes.length} bytes at ${offsetBytes}: ${received.bytes} of ${received.ofBytes} are there`,
      )
    }
    isTaking = true
    try {
      await file.write(bytes, offsetBytes)
      received = { ...received, bytes: offsetBytes + bytes.length }
      if (received.bytes === received.ofBytes) await check()
    } catch (error) {
      await fail(error)
      throw error
    } finally {
      isTaking = false
    }
  }

  /** Until the end of `source`, or until `own` is no longer what comes in: dropped, or another one began. */
  async function copy(source: DiskFile, sizeBytes: number, own: DiskFile | null) {
    try {
      for (let at = 0; at < sizeBytes && file === own; ) {
        const bytes = await source.read(at, Math.min(READ_BYTES, sizeBytes - at))
        if (bytes.length === 0) throw new RoostError('UPDATE_REFUSED', 'the file became shorter while it was read')
        if (file !== own) break
        await piece(at, bytes)
        at += bytes.length
      }
    } catch (error) {
      // A piece that failed has said so itself.
      if (file === own) await fail(error)
    } finally {
      await source.close().catch((error) => log.warn('update-source-not-closed', errorFields(error)))
    }
  }

  return {
    async status() {
      return { version: release.version, slots: await slots.status(), phase, received, bundle, percent, failure }
    },
    begin,
    piece,
    async take(source) {
      try {
        const sizeBytes = await source.sizeBytes()
        await begin(sizeBytes)
        taking = copy(source, sizeBytes, file)
      } catch (error) {
        await source.close()
        throw error
      }
    },
    async install() {
      notWhile('installing', 'restarting')
      if (phase !== 'checked') throw new RoostError('BAD_REQUEST', 'there is no checked update to write')
      notWhenCritical()
      phase = 'installing'
      percent = 0
      writing = write()
    },
    async restart() {
      notWhile()
      if (phase !== 'waiting') throw new RoostError('BAD_REQUEST', 'no update waits for a restart')
      notWhenCritical()
      phase = 'restarting'
      log.warn('update-restart', {})
      try {
        await slots.restartIntoTrial()
      } catch (error) {
        phase = 'waiting'
        throw error
      }
    },
    async drop() {
      notWhile('checking', 'installing', 'restarting', 'waiting')
      await clear()
      phase = 'idle'
    },
    async [Symbol.asyncDispose]() {
      const open = file
      file = null
      await taking
      await open?.close()
      // RAUC goes on by itself; what it writes is tried only when somebody asks for the restart.
      void writing
    },
  }
}
