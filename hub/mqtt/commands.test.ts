import { expect, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createCommands, PENDING_MAX } from './commands.ts'

const UID = 'rn-0123456789ab'

function setUp(isConnected = () => true) {
  const clock = createSimClock()
  const sent: { uid: string; type: string; body: { rid: number } }[] = []
  const commands = createCommands({
    clock,
    firstRid: 0xffff_ffff,
    isConnected,
    publish: async (uid, type, body) => void sent.push({ uid, type, body }),
  })
  return { clock, commands, sent }
}

test('a command resolves with the reply that carries its rid, and with what was read meanwhile', async () => {
  const { clock, commands, sent } = setUp()
  const outcome = commands.send(UID, 'read', { sensors: ['co2'] }, 1000)
  const { rid } = sent[0]!.body
  expect(sent[0]).toEqual({
    uid: UID,
    type: 'read',
    body: { rid, sensors: ['co2'], deadline: clock.wallMs() + 1000 },
  })
  const value = { sensor: 'co2', unit: 'ppm', sample: { tMs: 5, value: 800, state: 2, flags: 1 } }
  commands.answered(UID, rid, value)
  clock.advance(40)
  commands.replied(UID, { rid, ok: true })
  expect(await outcome).toEqual({ ok: true, reply: { rid, ok: true }, values: [value], tookMs: 40 })
})

test('a command without a reply times out, and the late reply is counted as unexpected', async () => {
  const { clock, commands, sent } = setUp()
  const outcome = commands.send(UID, 'identify', {}, 1000)
  clock.advance(1000)
  expect(await outcome).toEqual({ ok: false, reason: 'timeout', values: [], tookMs: 1000 })
  commands.replied(UID, { rid: sent[0]!.body.rid, ok: true })
  expect(commands.stats).toEqual({ sent: 1, replied: 0, timedOut: 1, unexpected: 1 })
})

test('no device can answer for another', async () => {
  const { clock, commands, sent } = setUp()
  const outcome = commands.send(UID, 'read', { sensors: [] }, 1000)
  commands.replied('rn-ffffffffffff', { rid: sent[0]!.body.rid, ok: true })
  clock.advance(1000)
  expect(await outcome).toMatchObject({ ok: false, reason: 'timeout' })
})

test('a device that is away is answered at once, and waiting commands are bounded', async () => {
  expect(await setUp(() => false).commands.send(UID, 'read', { sensors: [] }, 1000)).toMatchObject({
    ok: false,
    reason: 'offline',
  })
  const { commands } = setUp()
  const waiting = Array.from({ length: PENDING_MAX }, () => commands.send(UID, 'read', { sensors: [] }, 1000))
  expect(await commands.send(UID, 'read', { sensors: [] }, 1000)).toMatchObject({ ok: false, reason: 'busy' })
  commands[Symbol.dispose]()
  expect((await Promise.all(waiting)).every((outcome) => !outcome.ok && outcome.reason === 'not-sent')).toBe(true)
})

test('a deadline is a whole number of milliseconds, and there is none when the hub or the node has no time', async () => {
  const clock = createSimClock()
  const sent: { deadline?: number }[] = []
  let isTrusted = true
  const commands = createCommands({
    clock,
    firstRid: 1,
    isConnected: () => true,
    isClockTrusted: () => isTrusted,
    publish: async (_uid, _type, body) => void sent.push(body),
  })
  void commands.send(UID, 'read', { sensors: [] }, 99.5)
  void commands.send(UID, 'time', { t: 5 }, 100)
  isTrusted = false
  void commands.send(UID, 'read', { sensors: [] }, 100)
  expect(sent.map(({ deadline }) => deadline)).toEqual([clock.wallMs() + 100, undefined, undefined])
  commands[Symbol.dispose]()
})
