// A data directory with many known nodes and their certificates, made once per version of the code that makes it and then copied.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Place } from '../../hub/core/ids.ts'
import { createLog } from '../../hub/core/log.ts'
import { openDataDir } from '../../hub/data-dir.ts'
import { openPki } from '../../hub/pki/pki.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { provisionNode } from '../../hub/provision.ts'
import { openRegistry } from '../../hub/registry/registry.ts'

export interface FleetNode {
  uid: string
  place: Place
  keyPem: string
  certPem: string
  caPem: string
}

/** Copies the fleet's data directory to `dataDir` and gives the path of a JSON file with its nodes. */
export async function copyFleet(nodeCount: number, dataDir: string, say: (text: string) => void): Promise<string> {
  const cache = join(tmpdir(), `roost-bench-fleet-${nodeCount}-${await codeHash()}`)
  if (!existsSync(cache)) {
    say(`making ${nodeCount} nodes with keys and certificates …`)
    const making = `${cache}.${process.pid}`
    await makeFleet(nodeCount, making)
    await rename(making, cache).catch(() => rm(making, { recursive: true, force: true })) // another run was faster
  }
  await cp(join(cache, 'data'), dataDir, { recursive: true })
  return join(cache, 'nodes.json')
}

async function makeFleet(nodeCount: number, dir: string): Promise<void> {
  const clock = createRealClock()
  const disk = openRealDisk()
  const log = createLog((line) => void process.stderr.write(`${line}\n`), clock.wallMs, 'warn')
  await mkdir(dir, { recursive: true })
  const nodes: FleetNode[] = []
  {
    await using parts = new AsyncDisposableStack()
    const dataDir = parts.use(await openDataDir(join(dir, 'data'), { disk, log }))
    const registry = parts.use(await openRegistry({ dir: join(dataDir.path, 'registry'), disk, clock, log }))
    const pki = await openPki({ dir: join(dataDir.path, 'pki'), disk, clock, log })
    for (let i = 0; i < nodeCount; i++) {
      const place = { site: 'bench', house: `house-${Math.floor(i / 20)}`, node: `n${i % 20}` }
      const uid = `rn-${(0x020000000000 + i).toString(16).padStart(12, '0')}`
      const { keyPem, certPem, caPem } = await provisionNode({ registry, pki }, uid, place)
      nodes.push({ uid, place, keyPem, certPem, caPem })
    }
  }
  await writeFile(join(dir, 'nodes.json'), JSON.stringify(nodes), { mode: 0o600 })
}

/** The code that makes a data directory. */
const MAKERS = ['pki', 'registry', 'data-dir.ts', 'provision.ts']

/** A short name for that code: when it changes, the fleet is made anew. */
async function codeHash(): Promise<string> {
  const hash = createHash('sha256')
  const root = fileURLToPath(new URL('../../hub/', import.meta.url))
  for (const maker of MAKERS) {
    const path = join(root, maker)
    const files = maker.endsWith('.ts') ? [path] : (await readdir(path)).sort().map((name) => join(path, name))
    for (const file of files) if (/(?<!\.test)\.ts$/.test(file)) hash.update(await readFile(file))
  }
  return hash.digest('hex').slice(0, 12)
}
