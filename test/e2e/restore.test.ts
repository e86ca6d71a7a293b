// Plan: a claimed farm with nodes at work; its backup is taken, the box burns; a new box gets the backup at its claim page, and every node,
// with the certificate that it had, is online again by itself. Then the same by command line, with what went wrong on the way.
import { randomBytes } from 'node:crypto'
import { copyFile, cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BackupsDto, DevicesDto, SamplesDto } from '../../hub/api/contract.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { eventually, type HubProcess, run, runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'
import { openVirtualFarm } from '../sim/virtual-farm.ts'
import { addNode, connectNode, readCredentials } from './node-client.ts'

const PASSPHRASE = 'hens lay eggs at dawn'
const PASSWORD = 'correct horse'

const codeOf = (hub: HubProcess) => String(hub.log.find(({ event }) => event === 'unclaimed')?.code)
const cookieOf = (response: Response) => response.headers.get('set-cookie')!.split(';')[0]!

async function claim(hub: HubProcess): Promise<Record<string, string>> {
  const body = JSON.stringify({ code: codeOf(hub), farm: 'Hill Farm', name: 'Ada', password: PASSWORD })
  const response = await fetch(`${hub.http}/api/v1/claim`, { method: 'POST', body })
  expect(response.status).toBe(201)
  return { cookie: cookieOf(response), origin: hub.http }
}

const upload = (hub: HubProcess, code: string, passphrase: string, body: Uint8Array) =>
  fetch(`${hub.http}/api/v1/restore`, {
    method: 'POST',
    headers: { 'x-roost-code': code, 'x-roost-passphrase': encodeURIComponent(passphrase), origin: hub.http },
    body: new Uint8Array(body),
  })

/** `roost backup …` with the passphrase on standard input. */
const pass = (args: string[], passphrase = PASSPHRASE) =>
  run('sh', ['-c', `printf %s "$0" | exec "$@"`, passphrase, process.execPath, 'hub/cli.ts', 'backup', ...args])

test('the box burns; a new one gets the backup, and every node is online again by itself', async () => {
  await using dir = await temporaryDir('restore')
  const dataDir = join(dir.path, 'data')
  const first = await startHub({ dataDir, isGuarded: true })
  const ports = {
    mqtts: `127.0.0.1:${first.mqttsPort}`,
    http: new URL(first.http).host,
    enrol: new URL(first.enrol).host,
  }
  await using farm = await openVirtualFarm({
    seed: 11,
    houses: 1,
    nodesPerHouse: 2,
    speed: 20,
    clock: createRealClock(),
    broker: {
      host: '127.0.0.1',
      port: first.mqttsPort,
    },
    async credentialsOf(uid, { site, house, node }) {
      return readCredentials(await addNode(dataDir, join(dir.path, uid), uid, `${site}/${house}/${node}`))
    },
  })
  const uids = farm.nodes.map(({ uid }) => uid)
  let hub = first
  try {
    const headers = await claim(first)
    const online = async (asked: HubProcess) => {
      const answer = await fetch(`${asked.http}/api/v1/devices`, { headers }).catch(() => null)
      if (!answer?.ok) return false
      const { devices } = (await answer.json()) as DevicesDto
      return uids.every((uid) => devices.find((each) => each.uid === uid)?.liveness === 'online')
    }
    await eventually(() => online(first), 30_000, 'both nodes are online')

    const usb = join(dir.path, 'usb')
    await mkdir(usb)
    const wish = JSON.stringify({ directory: usb, keep: 2, passphrase: PASSPHRASE })
    const asked = await fetch(`${first.http}/api/v1/backups`, { method: 'PUT', headers, body: wish })
    expect(asked.status).toBe(201)
    const status = (await (await fetch(`${first.http}/api/v1/backups`, { headers })).json()) as BackupsDto
    expect(status).toMatchObject({ nightly: { directory: usb, keep: 2 }, lastError: null, files: [{}] })
    const download = await fetch(`${first.http}/api/v1/backups/download`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ passphrase: PASSPHRASE }),
    })
    expect(download.headers.get('content-disposition')).toMatch(/\.roostbackup"$/)
    const sealed = new Uint8Array(await download.arrayBuffer())
    // Measurements that keep coming in meanwhile do not spoil the copy of those that are there.
    const whole = join(dir.path, 'whole.roostbackup')
    const copied = await pass(['make', '--out', whole, '--data', dataDir, '--passphrase-stdin', '--history'])
    expect(copied).toMatchObject({ code: 0, stderr: '' })
    const elsewhere = join(dir.path, 'elsewhere')
    expect(await pass(['restore', '--file', whole, '--data', elsewhere])).toMatchObject({ code: 0 })
    const verified = await runRoost(['store', 'verify', '--data', elsewhere])
    expect(verified, verified.stdout).toMatchObject({ code: 0 })
    for (const secret of ['PRIVATE KEY', 'Hill Farm', uids[0]!])
      expect(Buffer.from(sealed).includes(secret)).toBe(false)
    const again = await upload(first, 'ABCD-EFGH', PASSPHRASE, sealed)
    expect(again.status).toBe(409)

    await first.kill()
    await rm(dataDir, { recursive: true })

    hub = await startHub({ dataDir, isGuarded: true, ...ports })
    const page = await (await fetch(`${hub.http}/restore`)).text()
    expect(page).toContain('Restore a farm')
    expect((await upload(hub, 'ABCD-EFGH', PASSPHRASE, sealed)).status).toBe(404)
    expect((await upload(hub, codeOf(hub), 'hens lay eggs at dusk', sealed)).status).toBe(422)
    expect((await upload(hub, codeOf(hub), PASSPHRASE, sealed.subarray(0, sealed.length - 9))).status).toBe(422)
    expect((await upload(hub, codeOf(hub), PASSPHRASE, randomBytes(500))).status).toBe(422)
    const done = await upload(hub, codeOf(hub), PASSPHRASE, sealed)
    expect({ status: done.status, body: await done.json() }).toMatchObject({ status: 202, body: { farm: 'Hill Farm' } })
    await eventually(() => online(hub), 30_000, 'both nodes are online on the new box')
    expect(hub.log.some(({ event }) => event === 'restarted')).toBe(true)
    const login = await fetch(`${hub.http}/api/v1/session`, {
      method: 'POST',
      headers: { origin: hub.http },
      body: JSON.stringify({
        name: 'Ada',
        password: PASSWORD,
      }),
    })
    expect(login.status).toBe(204)
    expect(uids.map((uid) => farm.droppedBy(uid))).toEqual([0, 0])
  } finally {
    await farm[Symbol.asyncDispose]()
    await hub.stop()
    await first.kill()
  }
})

test('by command line: made beside a running hub, checked, refused where another farm is, and put back', async () => {
  await using dir = await temporaryDir('backup-cli')
  const dataDir = join(dir.path, 'data')
  const hub = await startHub({ dataDir, isGuarded: true })
  const file = join(dir.path, 'farm.roostbackup')
  try {
    const headers = await claim(hub)
    const node = await addNode(dataDir, join(dir.path, 'node'), 'rn-000000000001', 'home/h1/n1')
    const client = await connectNode(node, hub.mqttsPort)
    const reading = encodeData({ boot: 1, seq: 1, clk: 2, t: Date.now(), unit: 'ppm', s: [[0, 712, 2, 1]] })
    await client.publishAsync(`${node.prefix}/data/co2`, Buffer.from(reading), { qos: 1 })
    await client.endAsync()
    const made = await pass(['make', '--out', file, '--data', dataDir, '--passphrase-stdin', '--history'])
    expect(made).toMatchObject({ code: 0, stderr: '' })
    expect(made.stdout).toMatch(/the farm "Hill Farm" as of .*with history; it was opened again/)
    expect((await pass(['check', '--file', file])).stdout).toContain('is whole: the farm "Hill Farm"')
    expect(await pass(['check', '--file', file], 'something else')).toMatchObject({ code: 1 })
    const busy = await pass(['restore', '--file', file, '--data', dataDir, '--force'])
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining('another') })
    expect((await fetch(`${hub.http}/api/v1/devices`, { headers })).status).toBe(200)
  } finally {
    await hub.stop()
  }
  // A farm like this one in all but its id.
  const other = join(dir.path, 'other')
  await cp(dataDir, other, { recursive: true })
  for (const mark of ['roost.json', 'roost.copy.json']) await writeFile(join(other, mark), '{"format":1,"id":"other"}')
  const foreign = await pass(['restore', '--file', file, '--data', other, '--force'])
  expect(foreign).toMatchObject({ code: 1, stderr: expect.stringContaining('take an empty directory') })
  expect(await pass(['restore', '--file', file, '--data', dataDir])).toMatchObject({ code: 1 })

  // The registry is lost on the same box: back to the backup, and what no backup holds is left as it is.
  const ca = await readFile(join(dataDir, 'pki', 'ca.pem'), 'utf8')
  for (const name of await readdir(join(dataDir, 'registry'))) await rm(join(dataDir, 'registry', name))
  await writeFile(join(dataDir, 'pki', 'ca.pem'), 'spoilt')
  await copyFile(join(dataDir, 'pki', 'ca.pem'), join(dataDir, 'pki', 'ca.copy.pem'))
  const back = await pass(['restore', '--file', file, '--data', dataDir, '--force'])
  expect(back).toMatchObject({ code: 0, stdout: expect.stringContaining('is now the farm "Hill Farm"') })
  expect(await readFile(join(dataDir, 'pki', 'ca.pem'), 'utf8')).toBe(ca)
  const fresh = join(dir.path, 'fresh')
  expect(await pass(['restore', '--file', file, '--data', fresh])).toMatchObject({ code: 0 })
  const again = await startHub({ dataDir: fresh })
  const { devices } = (await (await fetch(`${again.http}/api/v1/devices`)).json()) as DevicesDto
  expect(devices.map(({ uid }) => uid)).toEqual(['rn-000000000001'])
  const samples = await fetch(
    `${again.http}/api/v1/series/rn-000000000001/co2/samples?from=0&to=${Date.now() + 60_000}`,
  )
  expect(((await samples.json()) as SamplesDto).samples.map(([, value]) => value)).toEqual([712])
  expect(await again.stop()).toBe(0)
})
