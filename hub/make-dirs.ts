// `mkdir -p` for paths that people type. Node's own (`recursive: true`) never returns where a file system answers ENOENT to a
// new directory, as /proc does.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Makes `dir` and the parents that are missing; gives those that it made, outermost first. Rejects with node's errno. */
export async function makeDirs(dir: string, mode = 0o777): Promise<string[]> {
  try {
    await mkdir(dir, { mode })
    return [dir]
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // Something that is no directory shows at its first use.
    if (code === 'EEXIST') return []
    if (code !== 'ENOENT' || existsSync(dirname(dir))) throw error
    const parents = await makeDirs(dirname(dir), mode)
    return [...parents, ...(await makeDirs(dir, mode))]
  }
}
