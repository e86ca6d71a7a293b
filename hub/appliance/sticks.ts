// Updates on USB sticks. The system mounts each stick read-only in a folder of its own (image/overlay/usr/lib/roost/stick); what lies on it is
// anybody's: only names that look like an update's are shown, a few of them, and the file itself is checked like one that was uploaded.
import { join } from 'node:path'
import type { Disk, DiskFile } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'

/** The kernel's name of a stick or of its partition. */
const STICK = /^sd[a-z]\d{0,2}$/
/** No dot in front: what a PC keeps beside a file of the same name. */
const FILE = /^[A-Za-z0-9_][A-Za-z0-9_+.-]{0,120}\.raucb$/
const STICKS_MAX = 4
const FILES_MAX = 20

export interface StickFile {
  /** Names it: stick/name. */
  path: string
  name: string
  sizeBytes: number
}

export interface Sticks {
  /** What the sticks hold now, the same order each time; empty without a stick. */
  files(): Promise<StickFile[]>
  /** Opens a file of `files`. BAD_REQUEST when it is not there any more. */
  open(path: string): Promise<DiskFile>
}

/** `dir`: where sticks are mounted; it may be missing. */
export function openSticks({ dir, disk }: { dir: string; disk: Disk }): Sticks {
  // A stick may be pulled at any moment: what cannot be read is not there.
  const list = (path: string) => disk.list(path).catch((): string[] => [])

  async function sizeOf(path: string): Promise<number> {
    const file = await disk.open(path, 'read')
    try {
      return await file.sizeBytes()
    } finally {
      await file.close()
    }
  }

  async function files(): Promise<StickFile[]> {
    const found: StickFile[] = []
    for (const stick of (await list(dir)).filter((name) => STICK.test(name)).slice(0, STICKS_MAX)) {
      const names = (await list(join(dir, stick))).filter((name) => FILE.test(name)).slice(0, FILES_MAX)
      for (const name of names) {
        const sizeBytes = await sizeOf(join(dir, stick, name)).catch(() => null)
        if (sizeBytes !== null) found.push({ path: `${stick}/${name}`, name, sizeBytes })
      }
    }
    return found
  }

  return {
    files,
    async open(path) {
      const known = (await files()).some((file) => file.path === path)
      if (!known) throw new RoostError('BAD_REQUEST', `there is no ${path.slice(0, 160)} on a stick: is it still in?`)
      return disk.open(join(dir, path), 'read').catch((cause) => {
        throw new RoostError('BAD_REQUEST', `the stick cannot be read: ${cause.message}`, { cause })
      })
    },
  }
}
