// Plan: a real hub is killed (kill −9) at moments of chance while it calls somebody: before the alarm, while the call is under way, after it. The
// telephone takes its time to answer. After each restart the call comes, once, or twice under one number when nobody could know.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { AlarmsDto, CallPlan } from '../../hub/api/alarm-dto.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { eventually, type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'
import { createRandom } from '../sim/random.ts'
import { addNode, connectNode, type NodeFiles } from './node-client.ts'

const UID = 'rn-0000000000a2'
const ROUNDS = 3
const WAIT_MS = 40_000
/** The alarm is raised and called within about a second. */
const KILL_WITHIN_MS = 1_800
const ANSWER_MS = 150

let seq = 0
const boot = Math.round(Date.now() / 1_000) % 2 ** 32

async function say(files: NodeFiles, hub: HubProcess, values: readonly number[]) {
  const node = await connectNode(files, hub.mqttsPort)
  for (const value of values) {
    const bytes = encodeData({ boot, seq: seq++, clk: 2, t: Date.now(), unit: 'Cel', s: [[0, value, 2, 1]] })
    // A hub that was killed meanwhile answers nothing.
    await Promise.race([node.publishAsync(`${files.prefix}/data/temp`, bytes as Buffer, { qos: 1 }), sleep(3_000)])
    // Two looks at the farm see two values.
    await sleep(1_100)
  }
  node.end(true)
}

test('a hub that is killed while it calls somebody calls after its restart, and twice only what was under way', async () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1e6)
  const random = createRandom(seed)
  const calls: string[] = []
  const phone = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      const { id, severity } = JSON.parse(body) as { id: string; severity: string }
      if (severity === 'critical' && !id.includes('over')) calls.push(id)
      setTimeout(() => response.writeHead(204).end(), ANSWER_MS)
    })
  })
  await new Promise<void>((resolve) => phone.listen(0, '127.0.0.1', resolve))
  await using dir = await temporaryDir('alarms-kill')
  const dataDir = join(dir.path, 'data')
  let hub = await startHub({ dataDir })
  const api = async <T>(path: string, method = 'GET', body?: unknown): Promise<T> => {
    const response = await fetch(`${hub.http}/api/v1${path}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return (await response.json()) as T
  }
  const files = await addNode(dataDir, join(dir.path, 'node'), UID, 'home/h1/north')
  const url = `http://127.0.0.1:${(phone.address() as AddressInfo).port}/`
  await api('/channels/phone', 'PUT', { kind: 'webhook', name: 'Telephone', url })
  const plan = await api<CallPlan>('/alarms/plan')
  await api('/alarms/plan', 'PUT', {
    ...plan,
    people: [{ id: 'ada', name: 'Ada', ways: [{ channel: 'phone', to: 'ada' }] }],
  })
  await say(files, hub, [22])
  await eventually(async () => (await fetch(`${hub.http}/api/v1/houses/home/h1`)).ok, WAIT_MS, 'the house is known')

  const kills: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const before = calls.length
    const hot = say(files, hub, [22, 41]).catch(() => {})
    const killMs = 1_100 + random() * KILL_WITHIN_MS
    await sleep(killMs)
    await hub.kill()
    await hot
    kills.push(`${Math.round(killMs)} ms: ${calls.length - before}`)
    hub = await startHub({ dataDir })
    // It is still hot; a hub that was killed before it saw that sees it now.
    await eventually(
      async () => {
        await say(files, hub, [22, 41])
        return calls.length > before
      },
      WAIT_MS,
      `the call of round ${round}`,
    )
    const { alarms } = await api<AlarmsDto>('/alarms')
    for (const { id, acknowledged } of alarms) if (!acknowledged) await api(`/alarms/${id}/acknowledge`, 'POST')
    await say(files, hub, [22])
    await eventually(async () => (await api<AlarmsDto>('/alarms')).alarms.length === 0, WAIT_MS, 'all is well again')
  }
  process.stdout.write(
    `alarms: kill −9 after ${kills.join(', ')} calls before it; ${calls.length} calls in all (seed ${seed})\n`,
  )
  const times = Map.groupBy(calls, (id) => id)
  for (const [id, all] of times) expect(all.length, id).toBeLessThanOrEqual(2)
  expect(times.size).toBeGreaterThanOrEqual(ROUNDS)
  // One alarm is one first call, whatever happened meanwhile; a round in which it was hot twice may have two.
  expect(times.size).toBeLessThanOrEqual(2 * ROUNDS)
  await hub.stop()
  await new Promise((resolve) => phone.close(resolve))
})
