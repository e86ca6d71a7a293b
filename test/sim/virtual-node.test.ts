import { expect, test } from 'vitest'
import { FLAG, sampleAt } from '../../hub/core/sample.ts'
import { encodeCommand } from '../../hub/wire/command.ts'
import { encodeConfig } from '../../hub/wire/config.ts'
import { createDataMessage, decodeData } from '../../hub/wire/data.ts'
import { decodeDiag } from '../../hub/wire/diag.ts'
import { decodeHeartbeat } from '../../hub/wire/heartbeat.ts'
import { decodeReply } from '../../hub/wire/reply.ts'
import { decodeSystem } from '../../hub/wire/system.ts'
import { backoffMs, createBacklog } from './backlog.ts'
import { createClimate } from './climate.ts'
import { createRandom } from './random.ts'
import { createVirtualNode, type Now, type VirtualNode } from './virtual-node.ts'
import { STATE } from './virtual-sensor.ts'

const WALL_MS = Date.UTC(2026, 10, 23, 9)
const at = (ms: number): Now => ({ monoMs: 1_000 + ms, wallMs: WALL_MS + ms })

function createNode() {
  const climate = createClimate(1)
  return createVirtualNode(
    {
      uid: 'rn-0123456789ab',
      sensors: [
        { id: 'temp', kind: 'bme280', quantity: 'temp', unit: 'Cel', noise: 0.05, resolution: 0.01, warmupMs: 3_000 },
        {
          id: 'co2',
          kind: 'scd41',
          quantity: 'co2',
          unit: 'ppm',
          noise: 5,
          resolution: 1,
          warmupMs: 6_000,
          backupKind: 's8',
        },
      ],
      random: createRandom(1),
      air: climate.inside,
      sampleMs: 1_000,
      publishMs: 5_000,
      heartbeatMs: 10_000,
      speed: 1,
    },
    at(0),
  )
}

/** Lets the node live from `fromMs` to `toMs`, a tick each 250 ms. */
function live(node: VirtualNode, fromMs: number, toMs: number, isLinked = true) {
  for (let ms = fromMs; ms < toMs; ms += 250) node.tick(at(ms), isLinked)
}

/** Takes all that waits, in order, as the hub would read it. */
function drain(node: VirtualNode, nowMs: number) {
  const messages = []
  for (let next = node.backlog.take(8); next; next = node.backlog.take(8)) {
    const { message } = next
    const bytes = node.encode(message, at(nowMs))
    if (message.kind === 'data') {
      const into = createDataMessage()
      expect(decodeData(bytes, into)).toBeNull()
      const rows = Array.from({ length: into.block.count }, (_, i) => sampleAt(into.block, i))
      messages.push({
        suffix: message.suffix,
        boot: into.boot,
        seq: into.seq,
        clk: into.clk,
        t: into.t,
        up: into.up,
        rows,
      })
    } else {
      const decoded = decodeDiag(bytes)
      expect(decoded.ok).toBe(true)
      if (decoded.ok) messages.push({ suffix: message.suffix, up: -1, rows: [], ...decoded.value })
    }
    node.backlog.acknowledged(next.id)
  }
  return messages
}

test('a node without a clock says milliseconds since boot, and when it sent', () => {
  const node = createNode()
  live(node, 0, 6_000)
  const [first] = drain(node, 6_000)
  expect(first).toMatchObject({ suffix: 'data/temp', clk: 0, t: 0, seq: 0, up: 6_000 })
  expect(first!.rows.length).toBe(1)
})

test('when the clock is set, what waits gets the time at which it was measured', () => {
  const node = createNode()
  live(node, 0, 21_000, false)
  node.setClock(WALL_MS + 21_000, at(21_000))
  const messages = drain(node, 21_000).filter(({ suffix }) => suffix === 'data/temp')
  expect(messages.map(({ clk }) => clk)).toEqual([2, 2, 2, 2, 2])
  for (const { t, rows } of messages.slice(1)) {
    // Sampled once a second from WALL_MS on, five to a message, and each at its own time.
    expect((t - WALL_MS) % 1_000).toBe(0)
    expect(rows.map(({ tMs }) => tMs)).toEqual([0, 1_000, 2_000, 3_000, 4_000])
  }
  expect(messages.map(({ seq }) => seq)).toEqual([0, 1, 2, 3, 4])
})

test('what was stored and forwarded says so, what is fresh does not', () => {
  const node = createNode()
  node.setClock(WALL_MS, at(0))
  live(node, 0, 30_250, false)
  const flags = drain(node, 30_250)
    .filter(({ suffix }) => suffix === 'data/temp')
    .map(({ rows }) => (rows[0]!.flags & FLAG.backlog) !== 0)
  expect(flags).toEqual([true, true, true, true, true, true, false])
})

test('a sensor goes through its states, and never says that a value is valid before it is', () => {
  const node = createNode()
  node.setClock(WALL_MS, at(0))
  live(node, 0, 20_000)
  const rows = drain(node, 20_000)
    .filter(({ suffix }) => suffix === 'data/co2')
    .flatMap((message) => message.rows)
  expect([...new Set(rows.map(({ state }) => state))]).toEqual([STATE.init, STATE.warmup, STATE.stable])
  for (const { state, value, flags } of rows) {
    expect((flags & FLAG.valid) !== 0).toBe(state === STATE.stable)
    expect(value === null).toBe(state === STATE.init)
  }
})

test('a dead sensor gives null and FAILED; one with a backup goes on, marked', () => {
  const node = createNode()
  node.setClock(WALL_MS, at(0))
  live(node, 0, 20_000)
  drain(node, 20_000)
  node.setHealth('temp', 'dead', at(20_000))
  node.setHealth('co2', 'dead', at(20_000))
  live(node, 20_000, 30_250)
  const messages = drain(node, 30_250)
  const last = (suffix: string) =>
    messages
      .filter((message) => message.suffix === suffix)
      .at(-1)!
      .rows.at(-1)!
  expect(last('data/temp')).toMatchObject({ value: null, state: STATE.failed, flags: 0 })
  expect(last('data/co2')).toMatchObject({ state: STATE.degraded, flags: FLAG.valid | FLAG.backupSensor })
  expect(
    messages.filter(({ suffix }) => suffix.startsWith('diag/')).map((message) => 'code' in message && message.code),
  ).toEqual([0x1002, 0x1002, 0x1008])
})

test('a reboot chooses a new boot number, counts from zero and has no clock', () => {
  const node = createNode()
  node.setClock(WALL_MS, at(0))
  live(node, 0, 11_000)
  const before = drain(node, 11_000)[0]!
  node.reboot('brownout', at(11_000))
  live(node, 11_000, 17_000)
  const after = drain(node, 17_000)
  expect(after[0]).toMatchObject({ suffix: 'diag/3', code: 0x5001 })
  const data = after.find(({ suffix }) => suffix === 'data/temp')!
  expect(data.boot).not.toBe(before.boot)
  expect(data).toMatchObject({ seq: 0, clk: 0, t: 0 })
})

test('what was measured without a clock in a boot that is over is given up and counted, the rest is kept', () => {
  const node = createNode()
  live(node, 0, 5_000, false)
  node.reboot('panic', at(5_000))
  expect(node.backlog.length).toBe(0)
  expect(node.backlog.dropped).toBe(2)
  node.setClock(WALL_MS + 5_000, at(5_000))
  live(node, 5_000, 10_000, false)
  node.reboot('panic', at(10_000))
  expect(node.backlog.length).toBe(2)
})

test('a link that comes up is told first: the boot in full once, then only the link', () => {
  const node = createNode()
  node.linked(at(500))
  expect(node.urgent.map(({ suffix }) => suffix)).toEqual(['status/system', 'status/heartbeat'])
  const boot = decodeSystem(node.urgent[0]!.bytes)
  expect(boot.ok && boot.value.event).toBe('boot')
  expect(boot.ok && boot.value.sensors?.map(({ id }) => id)).toEqual(['temp', 'co2', 'co2-b'])
  expect(decodeHeartbeat(node.urgent[1]!.bytes)).toMatchObject({ ok: true, value: { clk: 0, up: 500, uptime: 0 } })
  node.linked(at(9_000))
  const again = decodeSystem(node.urgent[0]!.bytes)
  expect(again.ok && again.value).toMatchObject({ event: 'link', link: { reconnects: 1 } })
  const will = decodeSystem(node.will())
  expect(will.ok && will.value.event).toBe('will')
})

test('heartbeats come every 10 s while the link is up, and none are stored while it is down', () => {
  const node = createNode()
  live(node, 0, 60_000)
  expect(node.urgent.filter(({ suffix }) => suffix === 'status/heartbeat')).toHaveLength(6)
  node.urgent.length = 0
  live(node, 60_000, 120_000, false)
  expect(node.urgent).toHaveLength(0)
})

function ask(node: VirtualNode, type: string, bytes: Uint8Array, ms: number) {
  node.urgent.length = 0
  node.receive(type, bytes, at(ms))
  return node.urgent.map(({ suffix, bytes: answer }) => ({ suffix, reply: decodeReply(answer), answer }))
}

test('a read is answered by one value per sensor with its rid, then the reply', () => {
  const node = createNode()
  live(node, 0, 8_000)
  const answers = ask(node, 'read', encodeCommand('read', { rid: 9, sensors: [] }), 8_000)
  expect(answers.map(({ suffix }) => suffix)).toEqual(['data/temp', 'data/co2', 'status/reply'])
  const into = createDataMessage()
  expect(decodeData(answers[0]!.answer, into)).toBeNull()
  expect(into).toMatchObject({ rid: 9, unit: 'Cel', seq: 2 })
  expect(answers[2]!.reply).toMatchObject({ ok: true, value: { rid: 9, ok: true } })
  const [no] = ask(node, 'read', encodeCommand('read', { rid: 10, sensors: ['nh3'] }), 8_000)
  expect(no!.reply).toMatchObject({ ok: true, value: { rid: 10, ok: false } })
})

test('commands: time sets the clock, a past deadline is ignored, what the node cannot do is refused', () => {
  const node = createNode()
  expect(ask(node, 'time', encodeCommand('time', { rid: 1, t: WALL_MS + 700 }), 700)[0]!.reply).toMatchObject({
    ok: true,
  })
  expect(ask(node, 'identify', encodeCommand('identify', { rid: 2, deadline: WALL_MS }), 800)).toEqual([])
  const [refused] = ask(node, 'actuate', encodeCommand('actuate', { rid: 3, id: 'window', position: 50 }), 900)
  expect(refused!.reply).toMatchObject({ ok: true, value: { rid: 3, ok: false, code: 0x2009 } })
  ask(node, 'restart', encodeCommand('restart', { rid: 4, delay_s: 2 }), 1_000)
  live(node, 1_000, 2_900)
  expect(node.bootCount).toBe(1)
  live(node, 2_900, 3_300)
  expect(node.bootCount).toBe(2)
})

test('a configuration is acted on and acknowledged by its revision', () => {
  const node = createNode()
  const place = { site: 'a', house: 'b', node: 'c' }
  const bytes = encodeConfig({ rev: 5, place, sample_ms: 500, publish_ms: 1_000, sensors: { co2: { enabled: false } } })
  expect(ask(node, 'config', bytes, 0)[0]!.reply).toMatchObject({ ok: true, value: { rid: 5, ok: true } })
  live(node, 0, 10_000)
  const suffixes = drain(node, 10_000).map(({ suffix }) => suffix)
  expect(suffixes.length).toBeGreaterThan(8)
  expect(new Set(suffixes)).toEqual(new Set(['data/temp']))
})

test('store-and-forward keeps order over a lost link, drops the oldest when full, and counts that', () => {
  const backlog = createBacklog<number>(4)
  for (const n of [1, 2, 3, 4]) backlog.push(n)
  const [a, b] = [backlog.take(2)!, backlog.take(2)!]
  expect(backlog.take(2)).toBeNull()
  backlog.acknowledged(b.id)
  backlog.lostLink()
  expect([backlog.take(9), backlog.take(9), backlog.take(9), backlog.take(9)].map((each) => each?.message)).toEqual([
    1,
    3,
    4,
    undefined,
  ])
  backlog.acknowledged(a.id)
  backlog.acknowledged(a.id)
  expect(backlog.length).toBe(2)
  for (const n of [5, 6, 7]) backlog.push(n)
  expect(backlog.dropped).toBe(1)
  expect(backlog.length).toBe(4)
  backlog.lostLink()
  expect(backlog.take(1)?.message).toBe(4)
})

test('nodes come back with growing, jittered pauses of at most 30 s', () => {
  const random = createRandom(4)
  for (let attempt = 0; attempt < 40; attempt++) {
    const ceilingMs = Math.min(30_000, 1_000 * 2 ** attempt)
    const ms = backoffMs(attempt, random)
    expect(ms).toBeGreaterThanOrEqual(ceilingMs / 2)
    expect(ms).toBeLessThanOrEqual(ceilingMs)
  }
})
