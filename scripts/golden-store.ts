// Writes a small store as golden files: node scripts/golden-store.ts DIR. Run once for each version of the format; what lies there is
// never written again, only read by hub/store/golden.test.ts.
import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { createLog } from '../hub/core/log.ts'
import { createSampleBlock } from '../hub/core/sample.ts'
import { openStore } from '../hub/store/open.ts'
import { createSimClock, SIM_START_MS } from '../test/sim/clock.ts'
import { createSimDisk } from '../test/sim/disk.ts'

const [dir] = process.argv.slice(2)
if (!dir || dir === '--help') {
  process.stdout.write('Usage: node scripts/golden-store.ts DIR     DIR must not exist\n')
  process.exit(dir ? 0 : 2)
}
if (existsSync(dir)) {
  process.stderr.write(`golden-store: ${dir} is there already, and golden files are never written again\n`)
  process.exit(1)
}

const ODD = [
  0,
  -0,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  5e-324,
  2 ** 53,
  -(2 ** 53) + 1,
  0.1 + 0.2,
  Math.PI,
]
const disk = createSimDisk()
const clock = createSimClock()
const log = createLog(
  () => {},
  () => 0,
)
const store = await openStore({
  dir: '/store',
  disk,
  clock,
  log,
  logLimits: { samplesMax: 110, reserveBytes: 1_024 },
  fanOut: 2,
})
const expected: Record<string, [tMs: number, bits: string, absent: number, state: number, flags: number][]> = {}
const events: [tMs: number, kind: string, uid: string, body: string][] = []
const block = createSampleBlock(10)
const bits = new DataView(new ArrayBuffer(8))

async function append(
  sensor: string,
  rows: { tMs: number; value: number | null; state?: number; flags?: number }[],
  seq: number,
) {
  const uid = 'rn-000000000001'
  store.accept(store.source(uid, `data/${sensor}`), 7, seq)
  block.count = rows.length
  expected[sensor] ??= []
  for (const [i, { tMs, value, state = 2, flags = 1 }] of rows.entries()) {
    block.tMs[i] = tMs
    block.value[i] = value ?? Number.NaN
    block.absent[i] = value === null ? 1 : 0
    block.state[i] = state
    block.flags[i] = flags
    bits.setFloat64(0, block.value[i]!)
    expected[sensor].push([
      tMs,
      value === null ? '' : bits.getBigUint64(0).toString(16),
      block.absent[i]!,
      state,
      flags,
    ])
  }
  store.appendSamples(store.series(uid, sensor, sensor === 'odd' ? '' : 'Cel'), block)
  const kind = seq % 3 === 0 ? 'heartbeat' : 'diag'
  store.appendEvent({ tMs: rows[0]!.tMs, kind, uid, body: Uint8Array.of(seq, 1, 2) })
  events.push([rows[0]!.tMs, kind, uid, Buffer.from([seq, 1, 2]).toString('hex')])
  await new Promise((resolve) => store.commit(resolve))
}

for (let n = 0; n < 130; n++) {
  const fromMs = SIM_START_MS + n * 100_000 - (n % 9 === 8 ? 5_000_000 : 0) // some come late
  const times = Array.from({ length: 10 }, (_, i) => fromMs + i * 10_000 + ((n * 7 + i * 3) % 5) - 2)
  if (n % 10 === 4)
    await append(
      'odd',
      ODD.map((value, i) => ({ tMs: fromMs + Math.floor(i / 3), value, flags: 256 + i })),
      n,
    )
  else {
    const rows = times.map((tMs, i) => ({
      tMs,
      value: i === n % 13 ? null : Math.round(2_000 + 300 * Math.sin(n / 20 + i)) / 100,
    }))
    await append(n % 2 ? 'temp' : 'rh', rows, n)
  }
  if (n % 20 === 0) await clock.advanceAsync(60_000, 60_000)
}
await clock.advanceAsync(120_000, 60_000)
await store[Symbol.asyncDispose]()

await mkdir(dir, { recursive: true })
for (const path of disk.paths()) {
  const file = await disk.open(path, 'read')
  const bytes = await file.read(0, await file.sizeBytes())
  // The power went in the middle of a commit.
  const torn = path.includes('/log-')
    ? Buffer.concat([bytes, Buffer.from('RFRM\x40\x00\x00\x00\x40\x00', 'latin1')])
    : bytes
  await writeFile(join(dir, basename(path)), torn)
}
await writeFile(join(dir, 'expected.json'), `${JSON.stringify({ samples: expected, events })}\n`)
