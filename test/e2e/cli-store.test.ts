// The store's tools as an installer uses them: a process of its own, on a real directory, whole and damaged.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../../hub/core/log.ts'
import { createSampleBlock } from '../../hub/core/sample.ts'
import { openDataDir } from '../../hub/data-dir.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { openStore } from '../../hub/store/open.ts'

const CLI = fileURLToPath(new URL('../../hub/cli.ts', import.meta.url))
const START_MS = Date.UTC(2026, 8, 1)
const MESSAGES = 90
const ROWS = 10

function roost(dir: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, 'store', ...args, '--data', dir], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { status, stdout, stderr }
}

/** A data directory with sealed buckets, merged roll-ups and an open log. */
async function writeFarm(): Promise<string> {
  const dir = mkdtempSync(join(tmpdir(), 'roost-cli-store-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const disk = openRealDisk()
  const clock = createRealClock()
  const log = createLog(
    () => {},
    () => 0,
  )
  await (await openDataDir(dir, { disk }))[Symbol.asyncDispose]()
  const storeDir = join(dir, 'store')
  const store = await openStore({ dir: storeDir, disk, clock, log, logLimits: { samplesMax: 200 }, fanOut: 2 })
  const block = createSampleBlock(ROWS)
  block.count = ROWS
  block.flags.fill(1)
  for (let seq = 0; seq < MESSAGES; seq++) {
    for (let row = 0; row < ROWS; row++) {
      block.tMs[row] = START_MS + (seq * ROWS + row) * 10_000
      block.value[row] = 20 + ((seq * ROWS + row) % 100) / 10
    }
    store.appendSamples(store.series('rn-000000000001', seq % 2 ? 'temp' : 'rh "a"', 'Cel'), block)
    store.appendEvent({ tMs: START_MS + seq, kind: 'diag', uid: 'rn-000000000001', body: Uint8Array.of(seq) })
    await new Promise((resolve) => store.commit(resolve))
  }
  while (readdirSync(storeDir).filter((name) => name.startsWith('log-')).length > 1) await setTimeout(5)
  await store[Symbol.asyncDispose]()
  return dir
}

const damage = (path: string, offsetBytes: number) => {
  const bytes = readFileSync(path)
  bytes[offsetBytes]! ^= 4
  writeFileSync(path, bytes)
}

const lines = (text: string) => text.trim().split('\r\n')

test('a whole store is whole, says what it holds, and comes out as CSV to the last sample', async () => {
  const dir = await writeFarm()
  expect(roost(dir, 'verify')).toMatchObject({ status: 0, stdout: expect.stringMatching(/all whole/) })
  const info = roost(dir, 'info').stdout
  expect(info).toContain(`samples ${MESSAGES * ROWS}`)
  expect(info).toContain(`events  ${MESSAGES}`)
  expect(info).toContain('from    2026-09-01T00:00:00.000Z')
  const [header, ...rows] = lines(roost(dir, 'export', '--csv').stdout)
  expect(header).toBe('time,ms,device,sensor,unit,value,state,flags')
  expect(rows).toHaveLength(MESSAGES * ROWS)
  expect(rows[0]).toBe(`2026-09-01T00:00:00.000Z,${START_MS},rn-000000000001,"rh ""a""",Cel,20,init,1`)
  const [, ...some] = lines(
    roost(dir, 'export', '--csv', '--sensor', 'temp', '--from', '2026-09-01T01:00Z', '--to', '2026-09-01T02:00Z')
      .stdout,
  )
  expect(some).toHaveLength(180)
})

test('damage is named by file and byte, and repaired without losing what is good of the file', async () => {
  const dir = await writeFarm()
  const store = join(dir, 'store')
  const before = lines(roost(dir, 'export', '--csv').stdout)
  const names = readdirSync(store)
  const hit = ['raw-', 'span-', 'events-'].map((kind) => names.find((name) => name.startsWith(kind))!)
  for (const name of hit) damage(join(store, name), 60)
  const footer = names.filter((name) => name.startsWith('raw-')).at(-1)!
  damage(join(store, footer), readFileSync(join(store, footer)).length - 10)

  const verified = roost(dir, 'verify')
  expect(verified.status).toBe(1)
  for (const name of [...hit, footer]) expect(verified.stdout).toMatch(new RegExp(`${name}: byte \\d+: \\w+`))

  const repaired = roost(dir, 'repair')
  expect(repaired.stdout).toContain('4 files repaired')
  expect(repaired.status).toBe(0)
  for (const name of [...hit, footer]) expect(readdirSync(store)).toContain(`${name}.damaged`)
  expect(roost(dir, 'verify').status).toBe(0)
  expect(roost(dir, 'repair').stdout).toContain('nothing to repair')
  const after = lines(roost(dir, 'export', '--csv').stdout)
  // One block of one series is gone; the file whose footer was damaged is whole again.
  expect(before.length - after.length).toBeGreaterThan(0)
  expect(before.length - after.length).toBeLessThanOrEqual(110)
  for (const row of after) expect(before).toContain(row)
})

test('a file is shown piece by piece, and a file that is none of the store is refused', async () => {
  const dir = await writeFarm()
  const store = join(dir, 'store')
  const names = readdirSync(store)
  for (const kind of ['log-', 'raw-', 'events-']) {
    const name = names.find((one) => one.startsWith(kind))!
    const { status, stdout } = roost(dir, 'dump', join(store, name))
    expect(status).toBe(0)
    for (const line of stdout.trim().split('\n')) expect(() => JSON.parse(line)).not.toThrow()
  }
  const refused = roost(dir, 'dump', join(dir, 'roost.json'))
  expect(refused).toMatchObject({ status: 2, stderr: expect.stringMatching(/no file of the store/) })
  expect(roost(dir, 'polish')).toMatchObject({ status: 2 })
})

test('while a hub has the data, what would change or open it is refused, and looking is not', async () => {
  const dir = await writeFarm()
  await using _hub = await openDataDir(dir, { disk: openRealDisk() })
  for (const args of [['repair'], ['export', '--csv']]) {
    expect(roost(dir, ...args)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(/^roost: .+\n$/) })
  }
  expect(roost(dir, 'verify')).toMatchObject({ status: 0, stdout: expect.stringMatching(/all whole/) })
  expect(roost(dir, 'info').status).toBe(0)
})

test('an export ends quietly when its reader has seen enough, and never overwrites a file', async () => {
  const dir = await writeFarm()
  const shell = `"${process.execPath}" "${CLI}" store export --csv --data "${dir}" | head -n 3; exit "\${PIPESTATUS[0]}"`
  const { status, stdout, stderr } = spawnSync('bash', ['-c', shell], { encoding: 'utf8', timeout: 60_000 })
  expect({ status, stderr, rows: lines(stdout).length }).toEqual({ status: 0, stderr: '', rows: 3 })
  const out = join(dir, 'all.csv')
  expect(roost(dir, 'export', '--csv', '--out', out).status).toBe(0)
  const written = readFileSync(out, 'utf8')
  expect(lines(written)).toHaveLength(1 + MESSAGES * ROWS)
  expect(roost(dir, 'export', '--csv', '--out', out)).toMatchObject({ status: 2, stdout: '' })
  expect(readFileSync(out, 'utf8')).toBe(written)
})
