// A simulated box with two systems: it takes what is signed by "farm", and fails to write when told so.
import type { BootSlots, BundleInfo, SlotsStatus } from '../../hub/core/boot-slots.ts'
import type { Disk } from '../../hub/core/disk.ts'
import { RoostError } from '../../hub/core/errors.ts'

export interface SimSlots extends BootSlots {
  readonly state: SlotsStatus
  restarts: number
  /** Why the next write fails; null: it does not. */
  breaksWith: string | null
}

/** A bundle that the simulated box understands. */
export const simBundle = (info: BundleInfo & { signedBy: string }): Uint8Array => Buffer.from(JSON.stringify(info))

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
      const { signedBy, ...info } = JSON.parse(text) as BundleInfo & { signedBy: string }
      if (signedBy !== 'farm') throw new RoostError('UPDATE_REFUSED', `the file is signed by ${signedBy}`)
      return info
    },
    async install(_path, onProgress) {
      onProgress(40)
      if (sim.breaksWith !== null) throw new RoostError('UPDATE_REFUSED', sim.breaksWith)
      state.waiting = 'B'
      onProgress(100)
    },
    async restartIntoTrial() {
      sim.restarts++
    },
  }
  return sim
}
