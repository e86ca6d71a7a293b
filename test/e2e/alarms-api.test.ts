// Plan: a real hub process, a node over mutual TLS, a telephone that is a web server of this machine. Staff set up a channel, a call plan and a flock
// over the API; the house gets too hot; somebody is called within seconds, the live stream says so; it is acknowledged, and the hub is killed.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { MqttClient } from 'mqtt'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type {
  AlarmDto,
  AlarmHistoryDto,
  AlarmsDto,
  CallPlan,
  ChannelsDto,
  CompareDto,
  DailyReport,
  FlockDto,
  FlocksDto,
  HouseDto,
  RulesDto,
  TestsDto,
} from '../../hub/api/alarm-dto.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { encodeHeartbeat } from '../../hub/wire/heartbeat.ts'
import { eventually, type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'
import { addNode, connectNode, type NodeFiles } from './node-client.ts'

const UID = 'rn-0000000000a1'
const SECRET = 'Bearer top-Secret-4'
const WAIT_MS = 30_000

let hub: HubProcess
let dir: Awaited<ReturnType<typeof temporaryDir>>
let files: NodeFiles
let node: MqttClient
const called: { id: string; to: string; text: string; severity: string; authorization: string | undefined }[] = []
const phone = createServer((request, response) => {
  let body = ''
  request.on('data', (chunk) => {
    body += chunk
  })
  request.on('end', () => {
    called.push({ ...JSON.parse(body), authorization: request.headers.authorization })
    response.writeHead(204).end()
  })
})

beforeAll(async () => {
  dir = await temporaryDir('alarms')
  await new Promise<void>((resolve) => phone.listen(0, '127.0.0.1', resolve))
  hub = await startHub({ dataDir: join(dir.path, 'data') })
  files = await addNode(join(dir.path, 'data'), join(dir.path, 'node'), UID, 'home/h1/north')
  node = await connectNode(files, hub.mqttsPort)
})
afterAll(async () => {
  await node.endAsync(true)
  await hub.stop()
  await new Promise((resolve) => phone.close(resolve))
  await dir[Symbol.asyncDispose]()
})

const api = (path: string, method = 'GET', body?: unknown) =>
  fetch(`${hub.http}/api/v1${path}`, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) })
async function ask<T>(path: string, method = 'GET', body?: unknown): Promise<T> {
  const response = await api(path, method, body)
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`)
  return response.status === 204 ? (null as T) : ((await response.json()) as T)
}

let seq = 0
const head = () => ({ boot: 7, seq: seq++, clk: 2, t: Date.now() })
const say = (sensor: string, unit: string, value: number) =>
  node.publishAsync(
    `${files.prefix}/data/${sensor}`,
    encodeData({ ...head(), unit, s: [[0, value, 2, 1]] }) as Buffer,
    {
      qos: 1,
    },
  )
const beat = () =>
  node.publishAsync(
    `${files.prefix}/status/heartbeat`,
    encodeHeartbeat({
      ...head(),
      uptime: 1,
      fw_version: '1',
      free_heap: 1,
      min_heap: 1,
      rssi: -50,
      error_bitmap: 0,
      state: 1,
      backlog: 0,
    }) as Buffer,
    { qos: 1 },
  )

test('a box that nobody set up watches with the default rules, and says that nobody is called', async () => {
  const now = await ask<AlarmsDto>('/alarms')
  expect(now).toMatchObject({ alarms: [], calls: [], hasAnyone: false, testDue: true, fault: null })
  const { isDefault, rules } = await ask<RulesDto>('/alarms/rules')
  expect([isDefault, rules.length > 20]).toEqual([true, true])
  const refused = await api('/alarms/rules', 'PUT', { rules: [{ ...rules[0], delayMs: -1 }] })
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('delayMs')])
})

test('a channel is set up and tried, and its secret is never shown again', async () => {
  const url = `http://127.0.0.1:${(phone.address() as AddressInfo).port}/call`
  const channel = { kind: 'webhook', name: 'Telephone', url, authorization: SECRET }
  const { channels } = await ask<ChannelsDto>('/channels/phone', 'PUT', channel)
  expect(channels).toMatchObject([{ id: 'phone', kind: 'webhook', hasUrl: true, hasAuthorization: true, fault: null }])
  expect(await ask('/channels/phone/test', 'POST', { to: 'ada' })).toMatchObject({ ok: true, channel: 'phone' })
  expect(called.at(-1)).toMatchObject({ to: 'ada', severity: 'test', authorization: SECRET })
  await ask('/channels/phone', 'PUT', { kind: 'webhook', name: 'Ada’s telephone' })
  expect(await ask('/channels/phone/test', 'POST', { to: 'ada' })).toMatchObject({ ok: true })
  const told = `${await (await api('/channels')).text()}${await (await api('/channels/deliveries')).text()}${await (await api('/alarms/history')).text()}`
  expect(told).toContain('Ada’s telephone')
  expect(told).not.toContain('top-Secret')
  expect(JSON.stringify(hub.log)).not.toContain('top-Secret')
  expect((await api('/channels/nothing/test', 'POST', {})).status).toBe(404)
  expect((await api('/channels/x', 'PUT', { kind: 'pigeon', name: 'x' })).status).toBe(400)
})

test('a flock comes with its curve, days are noted, and the house shows its limits', async () => {
  const plan = await ask<CallPlan>('/alarms/plan')
  await ask('/alarms/plan', 'PUT', {
    ...plan,
    people: [{ id: 'ada', name: 'Ada', ways: [{ channel: 'phone', to: 'ada' }] }],
  })
  expect((await ask<AlarmsDto>('/alarms')).hasAnyone).toBe(true)
  const { today, presets } = await ask<FlocksDto>('/flocks')
  expect(presets.broiler.curve.length).toBeGreaterThan(4)
  const placedOn = new Date(Date.parse(today) - 30 * 86_400_000).toISOString().slice(0, 10)
  const flock = await ask<FlockDto>('/flocks', 'POST', {
    site: 'home',
    house: 'h1',
    bird: 'broiler',
    placedOn,
    count: 1_000,
  })
  expect(flock).toMatchObject({ day: 30, alive: 1_000 })
  expect((await api('/flocks', 'POST', { site: 'home', house: 'h1', bird: 'layer', placedOn, count: 1 })).status).toBe(
    409,
  )
  const noted = await ask<FlockDto>(`/flocks/${flock.id}/days/${today}`, 'PUT', { dead: 10 })
  expect(noted).toMatchObject({ alive: 990, lostPercent: 1 })
  expect((await api(`/flocks/${flock.id}`, 'PATCH', { curve: [{ day: 0, tempC: 99 }] })).status).toBe(400)
  const { days } = await ask<CompareDto>(`/flocks/compare?ids=${flock.id}`)
  expect(days).toHaveLength(31)

  await beat()
  await say('temp', 'Cel', 21)
  await say('rh', '%RH', 60)
  const house = await eventually(
    async () => {
      const seen = await ask<HouseDto>('/houses/home/h1')
      return seen.heat && seen
    },
    WAIT_MS,
    'the house shows its values',
  )
  expect(house).toMatchObject({ mode: 'production', day: 30, heat: { kind: 'broiler', level: 'none' }, alarms: [] })
  expect(house.limits!.targetC).toBeGreaterThan(20)
  expect((await api('/houses/home/h9')).status).toBe(404)
})

test('a house that gets too hot: the live stream says so, somebody is called within seconds, acknowledging is kept over kill −9', async () => {
  const stream = await fetch(`${hub.http}/api/v1/events`)
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader()
  let heard = ''
  void (async () => {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      heard += value
    }
  })().catch(() => {})
  const callsBefore = called.length
  const hotMs = performance.now()
  await say('temp', 'Cel', 35)
  const alarm = await eventually(
    async () => (await ask<AlarmsDto>('/alarms')).alarms.find(({ group }) => group === 'heat'),
    WAIT_MS,
    'an alarm',
  )
  expect(alarm).toMatchObject({ house: 'home/h1', severity: 'critical', acknowledged: null, isSounding: true })
  await eventually(async () => called.length > callsBefore, WAIT_MS, 'a call')
  process.stdout.write(
    `alarms: a real hub called ${((performance.now() - hotMs) / 1_000).toFixed(1)} s after the hot reading\n`,
  )
  expect(called.at(-1)).toMatchObject({ to: 'ada', severity: 'critical', text: expect.stringContaining('home/h1') })
  await eventually(async () => /event: alarms\ndata: .*"group":"heat"/.test(heard), WAIT_MS, 'the live stream tells')

  const silenced = await ask<AlarmDto>(`/alarms/${alarm.id}/silence`, 'POST', { forMs: 600_000 })
  expect(silenced).toMatchObject({ isSounding: false, silenced: { by: 'staff' } })
  const seen = await ask<AlarmDto>(`/alarms/${alarm.id}/acknowledge`, 'POST')
  expect(seen).toMatchObject({ acknowledged: { by: 'staff' }, nextCallMs: null })
  expect((await api('/alarms/999999/acknowledge', 'POST')).status).toBe(404)

  await reader.cancel()
  await hub.kill()
  hub = await startHub({ dataDir: join(dir.path, 'data') })
  const after = await ask<AlarmsDto>('/alarms')
  expect(after.alarms).toMatchObject([{ id: alarm.id, group: 'heat', acknowledged: { by: 'staff' } }])
  const { events } = await ask<AlarmHistoryDto>('/alarms/history?house=home/h1')
  expect(events.map(({ event }) => event)).toEqual(expect.arrayContaining(['raised', 'call', 'acknowledged']))
})

test('the day’s report tells the flock, what was measured and the alarm, as data, text, CSV and message', async () => {
  const report = await eventually(
    async () => {
      const day = await ask<DailyReport>('/houses/home/h1/report')
      return day.measures.some(({ measure, max }) => measure === 'temp' && max === 35) && day
    },
    WAIT_MS,
    'a report with the hot reading',
  )
  expect(report).toMatchObject({ flock: { day: 30, dead: 10, alive: 990 }, target: { hoursBelow: 0 } })
  expect(report.alarms).toMatchObject([{ severity: 'critical', ackBy: 'staff' }])
  const csv = await (await api('/houses/home/h1/report?format=csv&locale=de')).text()
  expect(csv).toContain('Verluste bisher (%);1')
  expect(await (await api('/houses/home/h1/report?format=text')).text()).toContain('seen by staff')
  expect(await ask('/houses/home/h1/report/send', 'POST', { channel: 'phone', to: 'ada' })).toEqual({
    ok: true,
    reason: null,
  })
  expect(called.at(-1)!.text).toContain('Birds alive')
})

test('the weekly test leads through every way, and its result is kept with its date', async () => {
  await ask('/alarms/test', 'POST')
  expect((await api('/alarms/test', 'POST')).status).toBe(429)
  const { runs } = await eventually(
    async () => {
      const tests = await ask<TestsDto>('/alarms/test')
      return tests.runs[0]!.items.every(({ state }) => state === 'sent') && tests
    },
    WAIT_MS,
    'everything is tried',
  )
  expect(runs[0]!.items).toMatchObject([{ id: 'ada.phone', what: 'call', person: 'ada', heard: null }])
  expect(called.at(-1)).toMatchObject({ severity: 'test' })
  const done = await ask<TestsDto>('/alarms/test/answer', 'POST', { item: 'ada.phone', heard: true })
  expect(done).toMatchObject({ due: false, runs: [{ result: 'passed', by: 'staff' }] })
  expect((await ask<AlarmsDto>('/alarms')).testDue).toBe(false)
})
