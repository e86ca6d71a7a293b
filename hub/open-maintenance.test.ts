import { decode } from 'cbor-x'
import { expect, test } from 'vitest'
import { createSimClock, SIM_START_MS } from '../test/sim/clock.ts'
import { createSimDisk } from '../test/sim/disk.ts'
import { createLog } from './core/log.ts'
import { createSampleBlock } from './core/sample.ts'
import { openCare } from './open-maintenance.ts'
import { openRegistry } from './registry/registry.ts'
import { openStore } from './store/open.ts'
import type { Liveness } from './supervisor/liveness.ts'
import { VITALS_PERIOD_MS } from './supervisor/vitals.ts'
import { encodeDiag } from './wire/diag.ts'

const log = createLog(
  () => {},
  () => 0,
)
const uidOf = (n: number) => `rn-${String(n).padStart(12, '0')}`

async function openFarm() {
  const disk = createSimDisk()
  const clock = createSimClock()
  const store = await openStore({ dir: '/store', disk, clock, log })
  const registry = await openRegistry({ dir: '/registry', disk, clock, log })
  for (let n = 0; n < 6; n++) await registry.add(uidOf(n), { site: 'farm', house: 'h1', node: `n${n}` })
  const livenesses = new Map<string, Liveness>()
  const isClockTrusted = () => true
  const livenessOf = (uid: string) => livenesses.get(uid) ?? 'online'
  const care = openCare({ clock, log, store, registry, isClockTrusted, livenessOf })
  const told = async () =>
    (await store.events({ kind: 'hub', limit: 100 }))
      .map(({ uid, body }) => ({ uid, ...(decode(body) as { event: string }) }))
      .reverse()
  return { clock, store, care, told, livenesses }
}

test('a node whose heap leaks is found from its heartbeats, with evidence and days left, and told once', async () => {
  const { clock, store, care, told } = await openFarm()
  const perDay = 86_400_000 / VITALS_PERIOD_MS
  const nowMs = SIM_START_MS
  const block = createSampleBlock(1)
  block.count = 1
  block.flags[0] = 1
  // What ten minutes of heartbeats leave in the store, for a month.
  for (let i = 0; i < 30 * perDay; i++) {
    for (const [n, leak] of [
      [0, 2_000],
      [1, 0],
    ] as const) {
      block.tMs[0] = nowMs - 30 * 86_400_000 + i * VITALS_PERIOD_MS
      block.value[0] = 150_000 - (leak * i) / perDay + ((i * 7_919) % 900)
      store.appendSamples(store.series(uidOf(n), '_heap', 'B'), block)
    }
  }
  for (let i = 0; i < 40; i++) {
    const body = encodeDiag({ boot: 1, seq: i, clk: 2, t: nowMs, code: 0x1004, sev: 2, count: 2 })
    store.appendEvent({ tMs: nowMs - 60_000, kind: 'diag', uid: uidOf(1), body })
  }
  await new Promise((resolve) => store.commit(resolve))
  await care.maintenance.lookAtAll()
  expect(care.maintenance.findings()).toMatchObject([
    { code: 'heap-leak', uid: uidOf(0), sensor: null, severity: 'notice' },
  ])
  const { daysLeft, evidence } = care.maintenance.findings()[0]!
  expect(daysLeft).toBeGreaterThan(30)
  expect(daysLeft).toBeLessThan(40)
  expect(evidence.lossBytesPerDay).toBeGreaterThan(1_900)
  expect(care.maintenance.diagnostics()).toMatchObject([{ code: 0x1004, uid: uidOf(1), house: 'farm/h1' }])
  expect(care.maintenance.diagnostics()[0]!.byDay[0]).toBe(80)
  await clock.advanceAsync(20 * 60_000, 60_000)
  expect((await told()).map(({ event, uid }) => [event, uid])).toEqual([['maintenance-found', uidOf(0)]])
  care[Symbol.dispose]()
  await store[Symbol.asyncDispose]()
})

test('a house that falls silent is one event in the store, whoever asks later', async () => {
  const { clock, store, care, told, livenesses } = await openFarm()
  for (let n = 0; n < 6; n++) {
    livenesses.set(uidOf(n), 'offline')
    care.liveness(uidOf(n), 'offline')
  }
  await clock.advanceAsync(90_000, 1_000)
  for (let n = 0; n < 6; n++) care.liveness(uidOf(n), 'online')
  await clock.advanceAsync(5_000, 1_000)
  expect((await told()).map(({ event }) => event)).toEqual(['house-lost', 'house-back'])
  care[Symbol.dispose]()
  await store[Symbol.asyncDispose]()
})
