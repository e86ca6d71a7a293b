// The three files that are written into a node at manufacturing: all of them or none.

import { existsSync } from 'node:fs'
import { chmod, open, rename, rmdir, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { RoostError } from './core/errors.ts'
import { makeDirs } from './make-dirs.ts'

export const NODE_FILES = ['node.key.pem', 'node.crt.pem', 'ca.crt.pem'] as const

export interface NodeCredentials {
  keyPem: string
  certPem: string
  caPem: string
}

/**
 * Writes what `issue` gives into `dir` (made when missing), the key with mode 0600. The place is tried before `issue` is called,
 * so that nothing is issued that cannot be written. BAD_OPTION when one of the files is there and not `isForced`, DISK when the
 * directory cannot be written; half-written files never stay.
 */
export async function writeNodeFiles(
  dir: string,
  isForced: boolean,
  issue: () => Promise<NodeCredentials>,
): Promise<void> {
  const taken = NODE_FILES.find((name) => existsSync(join(dir, name)))
  if (taken && !isForced)
    throw new RoostError('BAD_OPTION', `--out: ${join(dir, taken)} exists already (--force replaces it)`)
  let madeDirs: string[] = []
  const temporary = NODE_FILES.map((name) => join(dir, `.${name}.${process.pid}.new`))
  try {
    madeDirs = await onDisk(dir, () => makeDirs(dir))
    await onDisk(dir, () => Promise.all(temporary.map(async (path) => (await open(path, 'wx', 0o600)).close())))
    const { keyPem, certPem, caPem } = await issue()
    await onDisk(dir, async () => {
      for (const [i, pem] of [keyPem, certPem, caPem].entries()) await fill(temporary[i]!, pem)
      for (const path of temporary.slice(1)) await chmod(path, 0o644)
      for (const [i, name] of NODE_FILES.entries()) await rename(temporary[i]!, join(dir, name))
      await syncDir(dir)
    })
  } catch (error) {
    for (const path of temporary) await unlink(path).catch(() => {})
    for (const path of madeDirs.toReversed()) await rmdir(path).catch(() => {})
    throw error
  }
}

async function onDisk<T>(dir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (cause) {
    throw new RoostError('DISK', `--out: ${dir} cannot be written: ${(cause as Error).message}`, { cause })
  }
}

async function fill(path: string, text: string): Promise<void> {
  const file = await open(path, 'w')
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncDir(dir: string): Promise<void> {
  const handle = await open(dir, 'r')
  await handle.sync()
  await handle.close()
}
