// What the API says about updates of the appliance: types only, shared with the web UI.
import type { UpdatePhase } from '../appliance/update.ts'
import type { SlotName } from '../core/boot-slots.ts'

export interface UpdateDto {
  /** False where the hub is no appliance: it is updated by who installed it. */
  isAppliance: boolean
  /** What runs. */
  version: string
  slot: SlotName | null
  /** The system that runs has yet to prove itself; with a restart now the box would go back. */
  isTrial: boolean
  /** The last one that was tried did not prove itself, and the box went back. */
  wentBack: boolean
  phase: UpdatePhase
  received: { bytes: number; ofBytes: number } | null
  /** What came in and was found good. */
  bundle: { version: string; build: string } | null
  /** While it is written, 0 to 100. */
  percent: number | null
  /** Why the last one ended. */
  failure: string | null
}

/** GET /api/v1/update/sticks: the updates on USB sticks that are in. */
export interface StickFilesDto {
  files: {
    /** What POST to the same address takes. */
    path: string
    name: string
    sizeBytes: number
  }[]
}
