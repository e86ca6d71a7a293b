// A file replaced whole, so that a power cut leaves the old one or the new one and never a mixture.
import { dirname } from 'node:path'
import type { Disk } from './disk.ts'

/** The name under which the new content is written before it takes its place. */
export const temporaryPath = (path: string): string => `${path}.new`

/** Makes a directory whose name in its parent survives a power cut too. */
export async function makeDir(disk: Disk, path: string): Promise<void> {
  await disk.mkdir(path)
  await disk.syncDir(dirname(path))
}

/** Unlinks a file that may be missing. */
export async function unlinkIfThere(disk: Disk, path: string): Promise<void> {
  try {
    await disk.unlink(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
}

/**
 * Replaces `path` by `bytes`: temporary file → write → sync → rename → sync the directory. Durable when the promise resolves;
 * when it rejects, the old file is still there, or the new one whole. One call at a time for one path.
 */
export async function replaceFile(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
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
}

/** The whole content of a file of at most `maxBytes`, or null when there is no such file. Rejects with EFBIG when it is longer. */
export async function readWhole(disk: Disk, path: string, maxBytes: number): Promise<Uint8Array | null> {
  let file: Awaited<ReturnType<Disk['open']>>
  try {
    file = await disk.open(path, 'read')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  try {
    const sizeBytes = await file.sizeBytes()
    if (sizeBytes > maxBytes) {
      throw Object.assign(new Error(`EFBIG: ${path} has ${sizeBytes} bytes, more than ${maxBytes}`), { code: 'EFBIG' })
    }
    return await file.read(0, sizeBytes)
  } finally {
    await file.close()
  }
}
