// Old data stays readable for ever: every store under test/vectors/store is read bit for bit.
import { readdirSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../core/log.ts'
import { createRealClock } from '../platform/clock.ts'
import { openRealDisk } from '../platform/disk.ts'
import { openStore } from './open.ts'

const VECTORS = fileURLToPath(new URL('../../test/vectors/store', import.meta.url))
type Row = [tMs: number, bits: string, absent: number, state: number, flags: number]
interface Expected {
  samples: Record<string, Row[]>
  events: [tMs: number, kind: string, uid: string, body: string][]
}

const byTime = (a: { toString(): string }, b: { toString(): string }) => (a.toString() < b.toString() ? -1 : 1)

for (const version of readdirSync(VECTORS).filter((name) => name.startsWith('v'))) {
  test(`a store of format ${version} is read bit for bit`, async () => {
    const dir = await mkdtemp(join(tmpdir(), 'roost-golden-'))
    onTestFinished(() => rm(dir, { recursive: true, force: true }))
    await cp(join(VECTORS, version), dir, { recursive: true })
    const expected: Expected = JSON.parse(readFileSync(join(dir, 'expected.json'), 'utf8'))
    const names = readdirSync(dir).map((name) => name.split('-')[0])
    for (const kind of ['log', 'raw', 'roll', 'span', 'events', 'beats']) expect(names).toContain(kind)

    const clock = createRealClock()
    const log = createLog(
      () => {},
      () => 0,
    )
    await using store = await openStore({ dir, disk: openRealDisk(), clock, log })
    const bits = new DataView(new ArrayBuffer(8))
    expect(
      store
        .listSeries()
        .map(({ sensor }) => sensor)
        .sort(),
    ).toEqual(Object.keys(expected.samples).sort())
    for (const { id, sensor } of store.listSeries()) {
      const found: Row[] = []
      for await (const { count, tMs, value, absent, state, flags } of store.samples(id, 0, 1e15)) {
        for (let i = 0; i < count; i++) {
          bits.setFloat64(0, value[i]!)
          found.push([tMs[i]!, absent[i] ? '' : bits.getBigUint64(0).toString(16), absent[i]!, state[i]!, flags[i]!])
        }
      }
      expect(found.every((row, i) => i === 0 || row[0] >= found[i - 1]![0])).toBe(true)
      expect(found.sort(byTime)).toEqual(expected.samples[sensor]!.sort(byTime))
      const finite = expected.samples[sensor]!.filter(
        ([, text, , , flags]) => text !== '' && flags & 1 && Number.isFinite(asNumber(text)),
      )
      const { count } = await store.range(
        id,
        expected.events[0]![0] - 86_400_000,
        expected.events[0]![0] + 86_400_000,
        100,
      )
      expect(count.reduce((sum, one) => sum + one, 0)).toBe(finite.length)
    }
    const events = (await store.events({ limit: 1_000 })).map(
      ({ tMs, kind, uid, body }) => [tMs, kind, uid, Buffer.from(body).toString('hex')] as const,
    )
    expect([...events].sort(byTime)).toEqual([...expected.events].sort(byTime))
    expect(store.stats().damaged).toEqual([])
  })
}

function asNumber(bits: string): number {
  const view = new DataView(new ArrayBuffer(8))
  view.setBigUint64(0, BigInt(`0x${bits}`))
  return view.getFloat64(0)
}
