// The boot slots port: the two systems of an appliance, and the updater that writes the one that does not run. On a Pi it is RAUC
// (platform/rauc.ts), in tests test/sim/boot-slots.ts.

export type SlotName = 'A' | 'B'

export interface SlotsStatus {
  /** The slot that runs. */
  running: SlotName
  /** True until the health gate has kept the system that runs. */
  isTrial: boolean
  /** Written and waiting for the restart that tries it. */
  waiting: SlotName | null
  /** Was tried and did not prove itself; until the next one is written. */
  failed: SlotName | null
}

/** What a bundle says of itself, signed. */
export interface BundleInfo {
  compatible: string
  version: string
  build: string
}

export interface BootSlots {
  status(): Promise<SlotsStatus>
  /** Checks the signature and reads what the bundle is. UPDATE_REFUSED when it is not signed by who may, or is no bundle. */
  inspect(path: string): Promise<BundleInfo>
  /** Writes the slot that does not run. `onProgress`: 0 to 100. UPDATE_REFUSED with the updater's reason; the running slot is untouched. */
  install(path: string, onProgress: (percent: number) => void): Promise<void>
  /** Restarts the machine into the slot that waits, once. DISK when that cannot be asked for. */
  restartIntoTrial(): Promise<void>
}
