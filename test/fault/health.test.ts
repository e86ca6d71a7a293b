// Plan: the hub in this process on a card that can be made to refuse writes; a node publishes. /healthz, /readyz, /metrics and the
// node's PUBACK must all tell the same truth, and the log must lead from a request to the node's answer.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CommandDto } from '../../hub/api/contract.ts'
import type { Disk, DiskFile } from '../../hub/core/disk.ts'
import { createLog } from '../../hub/core/log.ts'
import { openHub } from '../../hub/hub.ts'
import { parseOptions } from '../../hub/options.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { decodeCommand } from '../../hub/wire/command.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { encodeReply } from '../../hub/wire/reply.ts'
import { addNode, connectNode } from '../e2e/node-client.ts'
import { eventually, temporaryDir } from '../sim/hub-process.ts'

/** The real card; while `isFull` nothing can be written. */
function createFullDisk() {
  const real = openRealDisk()
  const state = { isFull: false }
  const mayFail =
    <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (state.isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
      return work(...args)
    }
  const wrap = (file: DiskFile): DiskFile => ({
    read: (offsetBytes, lengthBytes) => file.read(offsetBytes, lengthBytes),
    sizeBytes: () => file.sizeBytes(),
    close: () => file.close(),
    truncate: (sizeBytes) => file.truncate(sizeBytes),
    write: mayFail((bytes, offsetBytes) => file.write(bytes, offsetBytes)),
    sync: mayFail(() => file.sync()),
  })
  const disk: Disk = { ...real, open: async (path, mode) => wrap(await real.open(path, mode)) }
  return { disk, state }
}

test('a full card is told by /readyz, starves no watchdog, costs no acknowledged reading, and is forgotten when there is room', async () => {
  await using dir = await temporaryDir('health')
  const { disk, state } = createFullDisk()
  const clock = createRealClock()
  const dataDir = join(dir.path, 'data')
  const options = parseOptions(['--open', '--data', dataDir, '--http', '127.0.0.1:0', '--mqtts', '127.0.0.1:0'], {})!
  await using hub = await openHub(options, { disk, clock, log: createLog(() => {}, clock.wallMs) })
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${hub.http.port}${path}`)
    return { status: response.status, body: (await response.json()) as { status: string; failed: object } }
  }
  expect(await ask('/healthz')).toEqual({ status: 200, body: { status: 'ok', failed: {} } })
  expect(await ask('/readyz')).toEqual({ status: 200, body: { status: 'ready', failed: {}, warnings: {} } })

  const files = await addNode(dataDir, join(dir.path, 'node'), 'rn-0000000000e1', 'home/h1/north')
  const node = await connectNode(files, hub.mqtts.port)
  node.on('error', () => {})
  let seq = 0
  const publish = () => {
    const bytes = encodeData({ boot: 1, seq: seq++, clk: 2, t: Date.now(), unit: 'ppm', s: [[0, 800, 2, 1]] })
    return node.publishAsync(`${files.prefix}/data/co2`, Buffer.from(bytes), { qos: 1 })
  }
  await publish()
  state.isFull = true
  const refused = publish().then(
    () => 'acknowledged',
    () => 'refused',
  )
  const failing = await eventually(
    async () => {
      const answer = await ask('/readyz')
      return answer.status === 503 && answer
    },
    10_000,
    'a failing hub says so',
  )
  expect(failing.body).toMatchObject({ status: 'not-ready', failed: { store: expect.stringMatching(/./) } })
  expect((await ask('/healthz')).status).toBe(200)
  expect(hub.failedChecks()).toEqual({})
  node.end(true)
  expect(await Promise.race([refused, new Promise((resolve) => setTimeout(() => resolve('nothing'), 200))])).not.toBe(
    'acknowledged',
  )

  state.isFull = false
  const again = await connectNode(files, hub.mqtts.port)
  again.on('error', () => {})
  const bytes = encodeData({ boot: 1, seq: 100, clk: 2, t: Date.now(), unit: 'ppm', s: [[0, 801, 2, 1]] })
  await again.publishAsync(`${files.prefix}/data/co2`, Buffer.from(bytes), { qos: 1 })
  expect((await ask('/healthz')).status).toBe(200)
  expect((await ask('/readyz')).status).toBe(200)
  await again.endAsync(true)
})

test('the log leads from a request to the command, to the node’s answer', async () => {
  await using dir = await temporaryDir('correlation')
  const clock = createRealClock()
  const lines: Record<string, unknown>[] = []
  const log = createLog((line) => lines.push(JSON.parse(line)), clock.wallMs, 'debug')
  const dataDir = join(dir.path, 'data')
  const options = parseOptions(['--open', '--data', dataDir, '--http', '127.0.0.1:0', '--mqtts', '127.0.0.1:0'], {})!
  await using hub = await openHub(options, { disk: openRealDisk(), clock, log })
  const files = await addNode(dataDir, join(dir.path, 'node'), 'rn-0000000000e2', 'home/h1/north')
  const node = await connectNode(files, hub.mqtts.port)
  const rids: number[] = []
  node.on('message', (topic, payload) => {
    const command = decodeCommand('identify', payload)
    if (!topic.endsWith('/cmd/identify') || !command.ok) return
    rids.push(command.value.rid)
    const reply = encodeReply({ rid: command.value.rid, ok: false, text: 'no lamp' })
    node.publish(`${files.prefix}/status/reply`, Buffer.from(reply), { qos: 1 })
  })
  await node.subscribeAsync(`${files.prefix}/cmd/#`, { qos: 1 })
  const url = `http://127.0.0.1:${hub.http.port}/api/v1/devices/${files.uid}/identify`
  const response = await fetch(url, { method: 'POST', headers: { 'x-request-id': 'from-a-test' } })
  expect(response.headers.get('x-request-id')).toBe('from-a-test')
  expect(((await response.json()) as CommandDto).text).toBe('no lamp')
  await node.endAsync()
  const said = lines.filter(({ requestId }) => requestId === 'from-a-test')
  expect(said.map(({ event }) => event)).toEqual(['command-sent', 'command-ended', 'request'])
  expect(said[1]).toMatchObject({ level: 'warn', uid: files.uid, rid: rids[0], reason: 'refused', text: 'no lamp' })
  expect(said[2]).toMatchObject({ method: 'POST', status: 422 })
  const anonymous = await fetch(`http://127.0.0.1:${hub.http.port}/healthz`, {
    headers: { 'x-request-id': 'a b\u00ff' },
  })
  expect(anonymous.headers.get('x-request-id')).toMatch(/^[0-9a-f]{12}$/)
})

test('docs/operations.md names every figure of /metrics with its labels, and none that there is not', async () => {
  await using dir = await temporaryDir('metrics')
  const clock = createRealClock()
  const args = ['--open', '--data', join(dir.path, 'data'), '--http', '127.0.0.1:0', '--mqtts', '127.0.0.1:0']
  const log = createLog(() => {}, clock.wallMs)
  await using hub = await openHub(parseOptions(args, {})!, { disk: openRealDisk(), clock, log })
  const metrics = await (await fetch(`http://127.0.0.1:${hub.http.port}/metrics`)).text()
  const shown = [...metrics.matchAll(/^# TYPE (roost_\w+)/gm)].map(([, name]) => name!)
  expect(shown.length).toBeGreaterThan(30)
  const page = await readFile(new URL('../../docs/operations.md', import.meta.url), 'utf8')
  const rows = page.split('\n').filter((line) => line.startsWith('| `roost_'))
  const told = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`(roost_\w+)`/g)].map(([, name]) => name!))
  expect(told.toSorted()).toEqual(shown.toSorted())
  for (const [, name, label] of metrics.matchAll(/^(roost_\w+)\{(\w+)=/gm)) {
    const row = rows.find((each) => each.includes(`\`${name}\``))!
    expect(row.split('|')[2], name).toContain(`\`${label}\``)
  }
})
