// npm run test:image [-- --image FILE] [--only updates|growth|devices|wifi|figures] [--minutes N]: the very image on a simulated box. The parts say
// what each shows; without --only all but the figures run. Without --image it is made first.
//
// A cut is a killed machine: what the guest had handed to its card stays. A real card may lose more; image/DESIGN.md lists what a Pi must prove.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { type ImageConfig, planPartitions } from '../../scripts/image-plan.ts'
import { makeBundles } from './bundles.ts'
import { devices } from './devices.ts'
import { figures } from './figures.ts'
import { growth } from './growth.ts'
import { type Bench, counts, expect, holds, say } from './steps.ts'
import { updates } from './updates.ts'
import { wifi } from './wifi.ts'

const rootDir = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const { values: options } = parseArgs({
  options: {
    image: { type: 'string' },
    work: { type: 'string' },
    only: { type: 'string' },
    minutes: { type: 'string', default: '60' },
  },
})
const config: ImageConfig = JSON.parse(readFileSync(join(rootDir, 'image/config/roost.json'), 'utf8'))
const { version } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'))
const bench: Bench = {
  imagePath: options.image ?? join(rootDir, `.cache/image/out/roost-${version}.img`),
  workDir: options.work ?? join(rootDir, '.cache/image/test'),
  partitions: planPartitions(config.sizesMiB),
  version,
  compatible: config.compatible,
}
const PARTS: Record<string, () => Promise<void>> = {
  async updates() {
    const bundles = await holds('updates for the test are made of it', async () =>
      makeBundles(bench.imagePath, bench.partitions, bench.workDir),
    )
    await updates(bench, bundles)
  },
  growth: () => growth(bench),
  devices: () => devices(bench),
  wifi: () => wifi(bench),
  figures: () => figures(bench, Number(options.minutes)),
}

rmSync(bench.workDir, { recursive: true, force: true })
mkdirSync(bench.workDir, { recursive: true })
const beganMs = performance.now()
try {
  if (!existsSync(bench.imagePath)) {
    await holds('the image is made', async () => {
      const made = spawnSync(process.execPath, [join(rootDir, 'scripts/image.ts'), '--fast'], { stdio: 'inherit' })
      expect(made.status === 0, 'it could not be made')
    })
  }
  for (const name of options.only ? options.only.split(',') : ['updates', 'growth', 'devices', 'wifi']) {
    const part = PARTS[name]
    if (!part) throw new Error(`--only: ${Object.keys(PARTS).join(', ')}`)
    // One part's failure says nothing of the next.
    await part().catch(() => {})
  }
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`)
  counts.failed ||= 1
}
say(`${((performance.now() - beganMs) / 1000).toFixed(0)} s in all`)
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed\n`)
process.exit(counts.failed === 0 ? 0 : 1)
