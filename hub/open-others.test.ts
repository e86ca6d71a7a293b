import { decode } from 'cbor-x'
import { expect, test } from 'vitest'
import { createSimClock } from '../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../test/sim/disk.ts'
import { createLog } from './core/log.ts'
import { openOthers } from './open-others.ts'
import { openStore } from './store/open.ts'
import { OTHERS_MAX } from './supervisor/silence.ts'
import { familyOf } from './wire/family.ts'

const log = createLog(
  () => {},
  () => 0,
)
const scales = familyOf('sensor/scales/weight')!
const power = familyOf('sensors/hall-2/power-07/telemetry')!

async function open(disk: SimDisk = createSimDisk(), clock = createSimClock()) {
  const store = await openStore({ dir: '/store', disk, clock, log })
  const forgotten: string[] = []
  const forget = (key: string) => void forgotten.push(key)
  const others = await openOthers({ dir: '/registry', disk, clock, log, store, forgotten: forget })
  return {
    disk,
    clock,
    store,
    others,
    forgotten,
    told: async () =>
      (
        await store.events({
          kind: 'hub',
          limit: 1e3,
        })
      )
        .map(({ body }) => decode(body))
        .reverse(),
    files: async () => (await disk.list('/registry')).filter((name) => name.startsWith('others')),
    async close() {
      await others[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}

test('silence and return of a device are events; devices that fall silent together are one', async () => {
  const { clock, others, told, close } = await open()
  others.heard(scales)
  await clock.advanceAsync(60_000, 1_000)
  expect(others.counts()).toEqual({ live: 1, waiting: 0, silent: 0 })
  await clock.advanceAsync(2_000, 1_000)
  expect(others.counts()).toEqual({ live: 0, waiting: 0, silent: 1 })
  others.heard(scales) // back before it was told: no news
  await clock.advanceAsync(40_000, 1_000)
  expect(await told()).toEqual([])
  await clock.advanceAsync(60_000, 1_000)
  others.heard(scales)
  await clock.advanceAsync(32_000, 1_000)
  expect((await told()).map(({ event, device }) => [event, device])).toEqual([
    ['device-silent', scales.key],
    ['device-back', scales.key],
  ])
  for (let n = 0; n < 50; n++) {
    others.heard(familyOf(`esp32c3/full/${n}/sensor`)!)
    await clock.advanceAsync(200, 100)
  }
  others.heard(scales)
  await clock.advanceAsync(100_000, 1_000)
  const last = (await told()).slice(2)
  expect(last).toHaveLength(1)
  expect(last[0]).toMatchObject({ event: 'device-silent', count: 51 })
  await close()
})

test('what staff decided and who was silent survive a restart; the rest is written rarely, and nobody is judged before he could speak', async () => {
  const first = await open()
  const { disk, clock } = first
  first.others.heard(scales)
  first.others.heard(power)
  await first.others.set(power.key, { silentAfterMs: 3_600_000, name: 'Power, hall 2' })
  expect(await first.files()).toHaveLength(1)
  for (let minute = 0; minute < 30; minute++) {
    first.others.heard(power)
    await clock.advanceAsync(60_000, 1_000)
  }
  // Half an hour of messages: three writes more, not thirty.
  expect((await first.files()).map((name) => Number(name.split('.')[1])).at(-1)).toBeLessThanOrEqual(5)
  const before = first.others.list()
  await first.close()

  clock.advance(600_000)
  const second = await open(disk, clock)
  expect(second.others.list()).toEqual(
    before.map((each) => ({ ...each, silence: each.key === scales.key ? 'silent' : 'waiting' })),
  )
  await clock.advanceAsync(120_000, 1_000)
  expect(second.others.counts()).toEqual({ live: 0, waiting: 1, silent: 1 })
  second.others.heard(power)
  expect(second.others.counts()).toEqual({ live: 1, waiting: 0, silent: 1 })
  await second.others.forget(scales.key)
  expect(second.forgotten).toEqual([scales.key])
  await expect(second.others.forget(scales.key)).rejects.toMatchObject({ code: 'DEVICE_UNKNOWN' })
  await second.close()
  const third = await open(disk, clock)
  expect(third.others.list().map(({ key }) => key)).toEqual([power.key])
  await third.close()
})

test('a power cut at any operation leaves what staff decided before or after, and a file that is read', async () => {
  const store = { appendEvent() {}, commit() {} }
  const forgotten = () => {}
  const openOn = (disk: SimDisk) =>
    openOthers({ dir: '/registry', disk, clock: createSimClock(), log, store, forgotten })
  const card = createSimDisk()
  const first = await openOn(card)
  first.heard(power)
  await first.set(power.key, { name: 'before' })
  await first[Symbol.asyncDispose]()
  for (let cutAtOp = 1; ; cutAtOp++) {
    const disk = card.reboot({ cutAtOp, seed: cutAtOp })
    let isDone = false
    try {
      const others = await openOn(disk)
      await others.set(power.key, { name: 'after' })
      isDone = true
    } catch {
      // the power is off
    }
    const [found] = (await openOn(disk.reboot())).list()
    expect(isDone ? ['after'] : ['before', 'after'], `cut at ${cutAtOp}`).toContain(found?.name)
    if (!disk.isCut) break
  }
})

test('ten thousand made-up names stay within bounds, and cost a device that speaks neither its place nor the card its life', async () => {
  const { clock, others, told, files, close } = await open()
  others.heard(power)
  await others.set(power.key, { silentAfterMs: 600_000 })
  for (let n = 0; n < 10_000; n++) {
    others.heard(familyOf(`sensor/x${n}/temperature`)!)
    if (n % 100 === 0) {
      others.heard(power)
      await clock.advanceAsync(10_000, 1_000)
    }
  }
  expect(others.list().length).toBeLessThanOrEqual(OTHERS_MAX)
  expect(others.list().find(({ key }) => key === power.key)).toMatchObject({ silence: 'live', silentAfterMs: 600_000 })
  expect((await told()).length).toBeLessThanOrEqual(240)
  expect((await files()).map((name) => Number(name.split('.')[1])).at(-1)).toBeLessThanOrEqual(20)
  await close()
})
