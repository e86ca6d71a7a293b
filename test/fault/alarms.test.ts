// Plan: a house gets too hot and nobody acknowledges; the call plan runs: Ada at once, Ben after a minute, both after two, then every minute. In
// the midst of it the power goes, at each operation of the card; or the telephones fail; or the clock jumps. Everybody whom the plan names is called
// about each step, nobody twice for one step, but for the one call that was under way when the power went: that one comes again under its number.
import { expect, test } from 'vitest'
import {
  type AlarmFarm,
  BEAT_MS,
  type AlarmFarm as Farm,
  openAlarmFarm,
  openTelephones,
  type Received,
  type SimNode,
} from '../sim/alarm-farm.ts'
import { createSimClock, type SimClock } from '../sim/clock.ts'
import { createSimDisk, type SimDisk } from '../sim/disk.ts'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const TEMP = { id: 'temp', unit: 'Cel' }
const NODE: SimNode = { uid: 'rn-000000000001', site: 'home', house: 'h1', node: 'north', sensors: [TEMP] }
/** When the house is hot, from the beginning. */
const HOT_FROM_MS = 20 * SECOND
const HOT_C = 40
const GOOD_C = 22

interface Way {
  channel: string
  to: string
}

async function plan(farm: Farm, url: string, waysOf: (person: string) => Way[] = (to) => [{ channel: 'phone', to }]) {
  for (const id of ['phone', 'radio']) {
    await farm.watch.channels.set({ id, kind: 'webhook', name: id, enabled: true, url, authorization: '' })
  }
  await farm.watch.alarms.setPlan({
    ...farm.watch.alarms.plan(),
    people: ['ada', 'ben'].map((id) => ({ id, name: id, enabled: true, ways: waysOf(id) })),
    steps: [
      { afterMs: 0, who: [1] },
      { afterMs: MINUTE, who: [2] },
      { afterMs: 2 * MINUTE, who: 'all' },
    ],
    repeatMs: MINUTE,
  })
}

/** A card with the plan on it. */
async function preparedCard(url: string): Promise<SimDisk> {
  const disk = createSimDisk()
  const farm = await openAlarmFarm({ disk: createSimDisk(), alarmDisk: disk, nodes: [NODE] })
  await plan(farm, url)
  await farm.close()
  return disk
}

/** Lets `forMs` pass; the house is hot from `hotFromMs` of `sinceMs()` on. Ends early when `isOver`. */
async function pass(farm: AlarmFarm, forMs: number, sinceMs: () => number, isOver: () => boolean = () => false) {
  for (const untilMs = farm.clock.monotonicMs() + forMs; farm.clock.monotonicMs() < untilMs && !isOver(); ) {
    if (Math.round(sinceMs() / SECOND) % (BEAT_MS / SECOND) === 0) {
      farm.beat(NODE)
      farm.data(NODE, TEMP, { value: sinceMs() >= HOT_FROM_MS ? HOT_C : GOOD_C })
    }
    await farm.second()
  }
}

/** `0 ada`: step and person, over both lives of the hub. */
const stepOf = ({ id }: Received) => id.split('.').slice(1).join(' ')

test('a power cut at any moment of an escalation loses no call, and doubles none but the one under way', async () => {
  let clock: SimClock = createSimClock()
  let alarmDisk: SimDisk = createSimDisk()
  const startMs = clock.wallMs()
  await using phones = await openTelephones(
    () => clock.wallMs() - startMs,
    () => alarmDisk.isCut,
  )
  const card = await preparedCard(phones.url)
  let [cuts, inFlight, doubled] = [0, 0, 0]
  for (let cutAtOp = 1, isCut = true; isCut; cutAtOp++) {
    clock = createSimClock()
    alarmDisk = card.reboot({ cutAtOp, seed: cutAtOp })
    phones.received.length = 0
    const sinceMs = () => clock.wallMs() - startMs
    const first = await openAlarmFarm({ disk: createSimDisk(), alarmDisk, clock, nodes: [NODE] }).catch(() => null)
    if (first) await pass(first, 5 * MINUTE, sinceMs, () => alarmDisk.isCut)
    isCut = alarmDisk.isCut
    const before = [...phones.received]
    const offMs = 7 * SECOND
    if (isCut) {
      cuts++
      const cutMs = sinceMs()
      // The old hub stands still from now on: its clock does.
      clock = createSimClock({ wallMs: startMs + cutMs + offMs })
      alarmDisk = alarmDisk.reboot({ seed: cutAtOp })
      const second = await openAlarmFarm({ disk: createSimDisk(), alarmDisk, clock, nodes: [NODE] })
      inFlight += second.watch.alarms.stats.inDoubt
      await pass(second, 5 * MINUTE - cutMs, sinceMs)
      await second.close()
    } else await first!.close()

    const place = `cut at ${cutAtOp}: ${phones.received.map((each) => `${stepOf(each)} at ${each.atMs / SECOND}`)}`
    const byId = Map.groupBy(phones.received, ({ id }) => id)
    for (const [id, calls] of byId) {
      expect(calls.length, `${id}, ${place}`).toBeLessThanOrEqual(2)
      if (calls.length === 1) continue
      doubled++
      expect(before.at(-1)?.id === id || before.at(-2)?.id === id, `${id} had been made long before, ${place}`).toBe(
        true,
      )
    }
    // The time that the plan gives, and the restart: nothing else may hold a call up.
    const slackMs = offMs + 50 * SECOND
    const firstCallOf = (person: string) => phones.received.find((each) => each.to === person)?.atMs ?? Number.NaN
    expect(firstCallOf('ada'), place).toBeLessThanOrEqual(HOT_FROM_MS + 10 * SECOND + slackMs)
    expect(firstCallOf('ben'), place).toBeLessThanOrEqual(HOT_FROM_MS + MINUTE + 10 * SECOND + slackMs)
    const steps = new Set(phones.received.map(stepOf))
    for (const step of ['0 ada', '1 ben', '2 ada', '2 ben'])
      expect(steps.has(step), `${step} is missing, ${place}`).toBe(true)
    // Never closer together than the plan has it, but for what was in doubt.
    for (const person of ['ada', 'ben']) {
      const calls = phones.received.filter(
        (each, i) => each.to === person && phones.received.findIndex(({ id }) => id === each.id) === i,
      )
      for (let i = 1; i < calls.length; i++) {
        expect(calls[i]!.atMs - calls[i - 1]!.atMs, `${person} too often, ${place}`).toBeGreaterThanOrEqual(
          MINUTE - 12 * SECOND,
        )
      }
    }
  }
  process.stdout.write(
    `alarms: power cut at each of ${cuts} operations; ${inFlight} calls in doubt, ${doubled} came twice\n`,
  )
  expect(cuts).toBeGreaterThan(40)
})

async function openOne() {
  const clock = createSimClock()
  const startMs = clock.monotonicMs()
  const sinceMs = () => clock.monotonicMs() - startMs
  const phones = await openTelephones(sinceMs)
  return { clock, phones, sinceMs, farm: await openAlarmFarm({ disk: createSimDisk(), clock, nodes: [NODE] }) }
}
const said = (calls: readonly Received[]) => calls.map((each) => `${Math.round(each.atMs / SECOND)} ${each.to}`)

test('while the network is away calls are tried again, and nobody is called twice when it is back', async () => {
  const { farm, phones, sinceMs } = await openOne()
  await plan(farm, phones.url)
  let isAway = true
  phones.fail(() => isAway)
  await pass(farm, 40 * SECOND, sinceMs)
  isAway = false
  await pass(farm, 2 * MINUTE, sinceMs)
  const ids = phones.received.map(({ id }) => id)
  expect(new Set(ids).size).toBe(ids.length)
  // Ada's two attempts failed; then Ben was tried without waiting for his minute, and reached when the network was back.
  expect(phones.received[0]!.atMs).toBeLessThan(60 * SECOND)
  expect(new Set(phones.received.map(({ to }) => to))).toEqual(new Set(['ada', 'ben']))
  expect(farm.watch.alarms.stats.failed).toBeLessThan(6)
  await farm.close()
  await phones[Symbol.asyncDispose]()
})

test('a way that fails is followed by the person’s next one, and when all fail by the next person, at once', async () => {
  const { farm, phones, sinceMs } = await openOne()
  await plan(farm, phones.url, (person) =>
    person === 'ada'
      ? [
          { channel: 'phone', to: 'ada-broken' },
          { channel: 'radio', to: 'ada' },
        ]
      : [{ channel: 'phone', to: person }],
  )
  phones.fail((to) => to === 'ada-broken')
  await pass(farm, MINUTE, sinceMs)
  // Raised 10 s after the heat, tried twice in 15 s, then the other way.
  expect(said(phones.received)[0]).toMatch(/^(3[0-9]|4[0-9]) ada$/)
  phones.fail((to) => to.startsWith('ada'))
  const seen = phones.received.length
  await pass(farm, 3 * MINUTE, sinceMs)
  expect(phones.received.slice(seen).every(({ to }) => to === 'ben')).toBe(true)
  await farm.close()
  await phones[Symbol.asyncDispose]()
})

test('the clock may jump by days either way in the midst of an escalation: the calls come as they would have come', async () => {
  const runs: string[][] = []
  for (const jumpMs of [0, 86_400_000, -3 * 86_400_000]) {
    const { farm, phones, sinceMs, clock } = await openOne()
    await plan(farm, phones.url)
    await pass(farm, 70 * SECOND, sinceMs)
    clock.jumpWall(jumpMs)
    await pass(farm, 3 * MINUTE, sinceMs)
    runs.push(said(phones.received))
    await farm.close()
    await phones[Symbol.asyncDispose]()
  }
  expect(runs[0]!.length).toBeGreaterThan(3)
  expect(runs[1]).toEqual(runs[0])
  expect(runs[2]).toEqual(runs[0])
})

test('a restart without knowing the time goes on where the plan stood, whatever the clock shows', async () => {
  await using phones = await openTelephones(() => 0)
  const card = await preparedCard(phones.url)
  const clock = createSimClock()
  const startMs = clock.monotonicMs()
  const first = await openAlarmFarm({ disk: createSimDisk(), alarmDisk: card, clock, nodes: [NODE] })
  await pass(first, 70 * SECOND, () => clock.monotonicMs() - startMs)
  expect(phones.received.map(stepOf)).toEqual(['0 ada'])
  const late = createSimClock({ wallMs: 0 })
  const parts = {
    disk: createSimDisk(),
    alarmDisk: card.reboot(),
    clock: late,
    nodes: [NODE],
    isClockTrusted: () => false,
  }
  const second = await openAlarmFarm(parts)
  expect(second.watch.alarms.active()).toHaveLength(1)
  await pass(second, 2.5 * MINUTE, () => HOT_FROM_MS + 40 * SECOND + late.monotonicMs())
  expect(phones.received.map(stepOf)).toEqual(['0 ada', '1 ben', '2 ada', '2 ben'])
  await second.close()
})

test('a card that takes nothing any more keeps no call back', async () => {
  const { farm, phones, sinceMs } = await openOne()
  await farm.close()
  await plan(farm, phones.url).catch(() => {})
  const card = await preparedCard(phones.url)
  const disk = card.reboot({ capacityBytes: 1 })
  const clock = createSimClock()
  const full = await openAlarmFarm({ disk: createSimDisk(), alarmDisk: disk, clock, nodes: [NODE] })
  phones.received.length = 0
  await pass(full, 2 * MINUTE, () => clock.monotonicMs())
  expect(phones.received.length).toBeGreaterThan(1)
  expect(full.watch.alarms.fault()).toMatch('cannot be written')
  await full.close()
  await phones[Symbol.asyncDispose]()
  expect(sinceMs()).toBe(0)
})

test('a hub that was without power for long says so for a while; one that was closed, or only restarted, does not', async () => {
  for (const [isClosed, offMs, isTold] of [
    [false, 40 * MINUTE, true],
    [true, 40 * MINUTE, false],
    [false, 2 * MINUTE, false],
  ] as const) {
    const card = createSimDisk()
    const clock = createSimClock()
    const first = await openAlarmFarm({ disk: createSimDisk(), alarmDisk: card, clock, nodes: [NODE] })
    await pass(first, 20 * SECOND, () => 0)
    if (isClosed) await first.close()
    const later = createSimClock({ wallMs: clock.wallMs() + offMs })
    const second = await openAlarmFarm({ disk: createSimDisk(), alarmDisk: card.reboot(), clock: later, nodes: [NODE] })
    await pass(second, 20 * SECOND, () => 0)
    const told = second.watch.alarms.active().map(({ house, group, value }) => ({ house, group, value }))
    expect(told, `closed ${isClosed}, ${offMs} ms`).toEqual(
      isTold ? [{ house: '', group: 'hub', value: expect.closeTo(40, 0) }] : [],
    )
    await pass(second, 11 * MINUTE, () => 0)
    expect(second.watch.alarms.active()).toEqual([])
    await second.close()
  }
})
