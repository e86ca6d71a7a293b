// Plan: a hub with the plain way in; devices of the three families speak through mosquitto_pub, and mosquitto_sub asks for what was said last.
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AlarmsDto, RulesDto } from '../../hub/api/alarm-dto.ts'
import type { OtherDto, OthersDto } from '../../hub/api/contract.ts'
import { eventually, type HubProcess, run, startHub, temporaryDir } from '../sim/hub-process.ts'

let dir: Awaited<ReturnType<typeof temporaryDir>>
let hub: HubProcess
const start = () => startHub({ dataDir: join(dir.path, 'data'), mqtt: '127.0.0.1:0' })

beforeAll(async () => {
  dir = await temporaryDir('others')
  hub = await start()
})
afterAll(async () => {
  await hub?.stop()
  await dir?.[Symbol.asyncDispose]()
})

const publish = async (topic: string, message: string, args: string[] = ['-q', '1']) => {
  const result = await run('mosquitto_pub', [
    '-h',
    '127.0.0.1',
    '-p',
    String(hub.mqttPort),
    '-t',
    topic,
    '-m',
    message,
    ...args,
  ])
  expect(result).toMatchObject({ code: 0, stderr: '' })
}
/** The retained messages below `filter`; waits until there are `count`, or for a second when there are to be none. */
async function retained(filter: string, count: number): Promise<Record<string, string>> {
  const args = ['-h', '127.0.0.1', '-p', String(hub.mqttPort), '-t', filter, '--retained-only', '-F', '%t %p']
  const { stdout } = await run('mosquitto_sub', [...args, '-C', String(count + 1), '-W', '2'])
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(/ (.*)/s).slice(0, 2)),
  )
}
const others = async () => ((await (await fetch(`${hub.http}/api/v1/others`)).json()) as OthersDto).others
const ask = (method: string, id: string, body?: object) =>
  fetch(`${hub.http}/api/v1/others/${encodeURIComponent(id)}`, {
    method,
    ...(body ? { body: JSON.stringify(body) } : {}),
  })

test('the last value of each family is there for who subscribes later, also after a restart and after what was killed', async () => {
  await publish('sensors/hall-2/power-07/telemetry', '{"v":[229,230,231]}')
  await publish('sensors/hall-2/power-07/telemetry', '{"v":[230,231,232]}')
  await publish('esp32c3/full/AA:BB/sensor', '{"t":21.5}', ['-q', '0'])
  await publish('sensor/w1/temperature', '19.25')
  await publish('sensor/w1/audio', 'AAAA')
  await publish('sensor/w1/large', 'x'.repeat(5_000))
  await publish('sensors/hall-2/power-07/command', '{"on":true}')
  await publish('esp32c3/full/AA:BB/heartbeat', '{}')
  await publish('other/things', '1')
  const values = {
    'sensors/hall-2/power-07/telemetry': '{"v":[230,231,232]}',
    'esp32c3/full/AA:BB/sensor': '{"t":21.5}',
    'sensor/w1/temperature': '19.25',
  }
  expect(await retained('#', 3)).toEqual(values)
  await hub.stop()
  hub = await start()
  expect(await retained('#', 3)).toEqual(values)
  await hub.kill()
  hub = await start()
  expect(await retained('#', 3)).toEqual(values)
})

test('each device is known by what it says, may be named, given its own time and forgotten with its values', async () => {
  for (const topic of ['sensors/hall-2/power-07/status', 'esp32c3/full/AA:BB/heartbeat', 'sensor/w1/audio']) {
    await publish(topic, '{}')
  }
  const w1 = await eventually(
    async () => (await others()).find(({ id, state }) => id === 'window~w1' && state === 'live'),
    5_000,
    'the window system in the API',
  )
  expect(w1).toMatchObject({ family: 'window', name: null, silentAfterS: 60 } satisfies Partial<OtherDto>)
  expect((await others()).map(({ id }) => id)).toEqual(['esp32c3~AA:BB', 'openegiz~hall-2~power-07', 'window~w1'])
  expect((await ask('PATCH', 'window~w1', { silentAfterS: 9 })).status).toBe(400)
  expect((await ask('PATCH', 'window~w2', { silentAfterS: 10 })).status).toBe(404)
  const changed = await ask('PATCH', 'esp32c3~AA:BB', { name: 'Barn door', silentAfterS: 604_800 })
  expect(await changed.json()).toMatchObject({ name: 'Barn door', silentAfterS: 604_800 })
  expect((await ask('DELETE', 'openegiz~hall-2~power-07')).status).toBe(204)
  expect(Object.keys(await retained('#', 2)).sort()).toEqual(['esp32c3/full/AA:BB/sensor', 'sensor/w1/temperature'])
  await hub.stop()
  hub = await start()
  expect((await others()).map(({ id, name }) => [id, name])).toEqual([
    ['esp32c3~AA:BB', 'Barn door'],
    ['window~w1', null],
  ])
  expect(Object.keys(await retained('#', 2)).sort()).toEqual(['esp32c3/full/AA:BB/sensor', 'sensor/w1/temperature'])
  const metrics = await (await fetch(`${hub.http}/metrics`)).text()
  expect(metrics).toMatch(/roost_other_devices\{state="waiting"\} 2/)
  const audit = await (await fetch(`${hub.http}/api/v1/audit?what=others`)).text()
  expect(audit).toContain('PATCH')
  expect(audit).toContain('/api/v1/others/openegiz~hall-2~power-07')
})

test('a device that falls silent is shown so, and its will is no sign of life', async () => {
  await publish('sensor/w9/temperature', '20')
  expect((await ask('PATCH', 'window~w9', { silentAfterS: 10 })).status).toBe(200)
  // A client that dies without a goodbye: the broker publishes its will below the device's own topics.
  const args = ['-h', '127.0.0.1', '-p', String(hub.mqttPort), '-t', 'nothing', '--will-topic', 'sensor/w9/status']
  await run('timeout', ['-s', 'KILL', '3', 'mosquitto_sub', ...args, '--will-payload', 'gone', '-k', '60'])
  const stateOf = async () => (await others()).find(({ id }) => id === 'window~w9')
  const silent = await eventually(
    async () => {
      const device = await stateOf()
      return device?.state === 'silent' && device
    },
    60_000,
    'the device silent',
  )
  const rulesUrl = `${hub.http}/api/v1/alarms/rules`
  const { rules } = (await (await fetch(rulesUrl)).json()) as RulesDto
  const now = rules.map((rule) => (rule.id === 'other-silent' ? { ...rule, delayMs: 0 } : rule))
  expect((await fetch(rulesUrl, { method: 'PUT', body: JSON.stringify({ rules: now }) })).status).toBe(200)
  const alarm = await eventually(
    async () => {
      const { alarms } = (await (await fetch(`${hub.http}/api/v1/alarms`)).json()) as AlarmsDto
      return alarms.find(({ name }) => name === 'Other device silent')
    },
    30_000,
    'the alarm about it',
  )
  expect(alarm).toMatchObject({ house: '', severity: 'warning', members: ['window~w9'] })
  expect(await retained('sensor/w9/#', 2)).toEqual({ 'sensor/w9/temperature': '20', 'sensor/w9/status': 'gone' })
  expect((await stateOf())!.lastHeardMs).toBeLessThan(silent.lastHeardMs + 1_000)
  await publish('sensor/w9/temperature', '21')
  expect(await eventually(async () => (await stateOf())?.state === 'live', 5_000, 'the device back')).toBe(true)
})
