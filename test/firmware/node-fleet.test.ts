// Plan: eight processes of the firmware's core and the real hub go through what `npm run bench -- nodes` measures with fifty.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { copyFleet } from '../bench/fleet.ts'
import { startHub, temporaryDir } from '../sim/hub-process.ts'
import { runFleet } from './node-fleet.ts'
import { whyNoNode } from './node-process.ts'

const reason = whyNoNode()
const say = (text: string) => void process.stderr.write(`node fleet: ${text}\n`)

test.skipIf(reason !== null)('of eight nodes that lose their network each reading arrives once, in order', async () => {
  await using dir = await temporaryDir('fleet')
  const dataDir = join(dir.path, 'data')
  const nodesFile = await copyFleet(8, dataDir, say)
  const hub = await startHub({ dataDir, level: 'info' })
  const report = await runFleet({
    http: hub.http,
    mqttsPort: hub.mqttsPort,
    dir: join(dir.path, 'nodes'),
    nodesFile,
    seconds: 4,
    cutSeconds: 4,
    probes: 5,
    reads: 16,
    say,
  })
  await hub.stop()
  const { visibleMs, readMs, reconnectMs, measured, ...counts } = report
  const best = (times: number[]) => Math.min(...times).toFixed(0)
  say(
    `${measured} readings; seen after ${best(visibleMs)} ms, read in ${best(readMs)} ms, back after ${best(reconnectMs)} ms at best`,
  )
  expect(counts).toMatchObject({ lost: 0, doubled: 0, unordered: 0 })
  expect(measured).toBeGreaterThan(1_000)
  // The best: what nodes and hub need, not what else this machine does.
  expect(Math.min(...visibleMs)).toBeLessThan(1_000)
  expect(Math.min(...readMs)).toBeLessThan(100)
})
