// A simulated box with two systems: it takes what is signed by "farm", and fails to write when told so.
import type { BootSlots, BundleInfo, SlotName, SlotsStatus } from '../../hub/core/boot-slots.ts'
import type { Disk } from '../../hub/core/disk.ts'
import { RoostError } from '../../hub/core/errors.ts'

export interface SimSlots extends BootSlots {
  readonly state: SlotsStatus
  restarts: number
  /** The machine starts the slot that waits, on trial. */
  start(): void
  /** The health gate's verdict on the trial. */
  judge(verdict: 'good' | 'failed'): void
  /** Why the next write fails; null: it does not. */
  breaksWith: string | null
}

/** A bundle that the simulated box understands. */
export const simBundle = (info: BundleInfo & { signedBy: string }): Uint8Array => Buffer.from(JSON.stringify(info))

const other = (slot: SlotName): SlotName => (slot === 'A' ? 'B' : 'A')

function parse(text: string): BundleInfo & { signedBy: string } {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RoostError('UPDATE_REFUSED', 'the file is no bundle', { cause })
  }
}

export function createSimSlots(disk: Disk): SimSlots {
  const state: SlotsStatus = { running: 'A', isTrial: false, waiting: null, failed: null }
  const sim: SimSlots = {
    state,
    restarts: 0,
    breaksWith: null,
    status: async () => ({ ...state }),
    async inspect(path) {
      const file = await disk.open(path, 'read')
      const text = Buffer.from(await file.read(0, await file.sizeBytes())).toString()
      await file.close()
      const { signedBy, ...info } = parse(text)
      if (signedBy !== 'farm') throw new RoostError('UPDATE_REFUSED', `the file is signed by ${signedBy}`)
      return info
    },
    async install(_path, onProgress) {
      onProgress(40)
      if (sim.breaksWith !== null) throw new RoostError('UPDATE_REFUSED', sim.breaksWith)
      state.waiting = other(state.running)
      state.failed = null
      onProgress(100)
    },
    async restartIntoTrial() {
      sim.restarts++
    },
    start() {
      if (state.waiting === null) return
      Object.assign(state, { running: state.waiting, isTrial: true, waiting: null })
    },
    judge(verdict) {
      if (verdict === 'failed') Object.assign(state, { failed: state.running, running: other(state.running) })
      state.isTrial = false
    },
  }
  return sim
}
