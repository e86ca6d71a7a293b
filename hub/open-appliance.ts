// Updates of the appliance, put together: where a bundle lies, which system runs, and when nothing risky may begin.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { openSticks, type Sticks } from './appliance/sticks.ts'
import { openUpdate, type Update } from './appliance/update.ts'
import type { BootSlots } from './core/boot-slots.ts'
import type { Disk } from './core/disk.ts'
import type { Log } from './core/log.ts'
import type { Wifi } from './core/wifi.ts'

/** Beside the hub's own folder in the image (scripts/image-system.ts). */
const RELEASE_PATH = fileURLToPath(new URL('../../release.json', import.meta.url))

export interface Appliance {
  slots: BootSlots
  /** Where bundles lie on their way: on the data partition, outside what is backed up. */
  updateDir: string
  /** Where the system mounts USB sticks. */
  stickDir: string
  /** Its Wi-Fi, with the password of its own. */
  wifi: { port: Wifi; password: string } | null
  release: { version: string; compatible: string }
}

/** What the image says of itself. Errors: when there is none, or it says nothing. */
export async function readRelease(): Promise<Appliance['release']> {
  const { version, compatible } = JSON.parse(await readFile(RELEASE_PATH, 'utf8')) as Record<string, unknown>
  if (typeof version !== 'string' || typeof compatible !== 'string') throw new Error(`${RELEASE_PATH} says no version`)
  return { version, compatible }
}

export type OpenedUpdate = Update & { readonly sticks: Sticks }

/** The update of an appliance; null where the hub is none. DISK. */
export async function openAppliance(
  appliance: Appliance | undefined,
  parts: { disk: Disk; log: Log; isCritical(): boolean },
): Promise<OpenedUpdate | null> {
  if (!appliance) return null
  const { slots, updateDir, stickDir, release } = appliance
  const update = await openUpdate({ ...parts, slots, dir: updateDir, release })
  return { ...update, sticks: openSticks({ dir: stickDir, disk: parts.disk }) }
}
