// Small files replaced whole, so that a power cut leaves the old one or the new one and never a mixture. What the disk refuses
// becomes a RoostError DISK that names the file.
import { dirname } from 'node:path'
import type { Disk } from './disk.ts'
import { RoostError } from './errors.ts'

/** The name under which the new content is written before it takes its place. */
export const temporaryPath = (path: string): string => `${path}.new`

async function naming<T>(what: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof RoostError) throw cause
    throw new RoostError('DISK', `${what}: ${(cause as Error).message}`, { cause })
  }
}

/** Makes a directory whose name in its parent survives a power cut too. DISK. */
export const makeDir = (disk: Disk, path: string): Promise<void> =>
  naming(`the directory ${path} cannot be made`, async () => {
    await disk.mkdir(path)
    await disk.syncDir(dirname(path))
  })

/** Names in a directory, sorted. DISK. */
export const listDir = (disk: Disk, path: string): Promise<string[]> =>
  naming(`the directory ${path} cannot be read`, () => disk.list(path))

/** Unlinks a file that may be missing. DISK. */
export const unlinkIfThere = (disk: Disk, path: string): Promise<void> =>
  naming(`${path} cannot be removed`, async () => {
    try {
      await disk.unlink(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  })

/**
 * Replaces `path` by `bytes`: temporary file → write → sync → rename → sync the directory. Durable when the promise resolves;
 * when it rejects (DISK), the old file is still there, or the new one whole. One call at a time for one path.
 */
export const replaceFile = (disk: Disk, path: string, bytes: Uint8Array): Promise<void> =>
  naming(`${path} cannot be written`, async () => {
    const temporary = temporaryPath(path)
    await unlinkIfThere(disk, temporary)
    const file = await disk.open(temporary, 'create')
    try {
      await file.write(bytes, 0)
      await file.sync()
    } finally {
      await file.close()
    }
    await disk.rename(temporary, path)
    await disk.syncDir(dirname(path))
  })

/** The whole content of a file, or null when there is no such file. DISK when it cannot be read or is longer than `maxBytes`. */
export const readWhole = (disk: Disk, path: string, maxBytes: number): Promise<Uint8Array | null> =>
  naming(`${path} cannot be read`, async () => {
    let file: Awaited<ReturnType<Disk['open']>>
    try {
      file = await disk.open(path, 'read')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
    try {
      const sizeBytes = await file.sizeBytes()
      if (sizeBytes > maxBytes) throw new Error(`it has ${sizeBytes} bytes, more than ${maxBytes}`)
      return await file.read(0, sizeBytes)
    } finally {
      await file.close()
    }
  })
