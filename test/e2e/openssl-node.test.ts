// Plan: the commands of docs/openssl-node.md, step by step, by a shell in an empty directory, against a real hub.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { CaDto, DeviceDto } from '../../hub/api/contract.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { eventually, type HubProcess, runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'

const NODE = 'rn-0a0b0c0d0e0f'
/** As the recipe connects after a renewal. */
const NEXT = '-h "$HUB" -p "$MQTTS" --cafile ca.crt.pem --cert next.crt.pem --key next.key.pem -i "$NODE" -q 1'
const RECIPE = fileURLToPath(new URL('../../docs/openssl-node.md', import.meta.url))

let dir: Awaited<ReturnType<typeof temporaryDir>>
let hub: HubProcess
let dataDir: string
let steps: string[]

beforeAll(async () => {
  dir = await temporaryDir('openssl-node')
  dataDir = join(dir.path, 'data')
  hub = await startHub({ dataDir })
  const recipe = await readFile(RECIPE, 'utf8')
  steps = [...recipe.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, commands]) => commands!)
  await mkdir(join(dir.path, 'node'))
  const s: [number, number, number, number][] = [[0, 812, 2, 1]]
  const data = encodeData({ boot: 7, seq: 1, clk: 2, t: Date.now() - 1_000, unit: 'ppm', s })
  await writeFile(join(dir.path, 'node', 'data.cbor'), data)
})

afterAll(async () => {
  await hub?.stop()
  await dir?.[Symbol.asyncDispose]()
})

async function enrolCode(...more: string[]) {
  const { code, stdout, stderr } = await runRoost(['node', 'enrol-code', '--data', dataDir, ...more])
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  const [, secret, fingerprint] = /^code (\S+),[\s\S]*CA fingerprint \(SHA-256\) (\w+)\n$/.exec(stdout)!
  return { CODE: secret!, FINGERPRINT: fingerprint! }
}

/** Runs a part of the recipe as a shell does. */
async function shell(commands: string, env: Record<string, string> = {}) {
  const ports = { HUB: 'localhost', ENROL: new URL(hub.enrol).port, MQTTS: String(hub.mqttsPort), NODE }
  const child = spawn('bash', ['-euo', 'pipefail', '-c', commands], {
    cwd: join(dir.path, 'node'),
    env: { PATH: process.env.PATH, ...ports, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk))
  await once(child, 'close')
  return { code: child.exitCode, output }
}

const deviceOf = async () => (await (await fetch(`${hub.http}/api/v1/devices/${NODE}`)).json()) as DeviceDto
const publishAs = (name: string) =>
  shell(
    `mosquitto_pub -h "$HUB" -p "$MQTTS" --cafile ca.crt.pem --cert ${name}.crt.pem --key ${name}.key.pem -i "$NODE" -q 1 -t /farm/home/h1/north/data/co2 -f data.cbor`,
  )

test('a node with openssl, curl and mosquitto_pub enrols, connects, renews and is revoked, as the recipe says', async () => {
  const [getCa, enrol, connect, renew, getCrl] = steps
  const env = await enrolCode('--place', 'home/h1/north')
  expect(await shell(getCa!, { ...env, FINGERPRINT: '0'.repeat(64) })).toMatchObject({ code: 1 })
  expect(await shell(getCa!, env)).toEqual({ code: 0, output: '' })
  expect(await shell(enrol!, env)).toMatchObject({ code: 0 })
  const replayed = await shell('curl -sS --cacert ca.crt.pem --json @enrol.json "https://$HUB:$ENROL/enrol"', env)
  expect(JSON.parse(replayed.output)).toMatchObject({ status: 403, code: 'CODE_WRONG' })

  expect(await shell(connect!, env)).toEqual({ code: 0, output: '' })
  await eventually(async () => (await deviceOf()).sensors.length > 0, 20_000, 'the value in the API')
  expect((await deviceOf()).certificate?.state).toBe('valid')

  const renewed = await shell(`${connect!.split('\n')[0]}\n${renew}`, env)
  expect(renewed).toEqual({ code: 0, output: '' })
  await eventually(async () => (await deviceOf()).certificate?.state === 'valid', 20_000, 'the new one is in use')
  await eventually(async () => (await publishAs('node')).code !== 0, 20_000, 'the old certificate is refused')
  expect((await publishAs('next')).code).toBe(0)

  const connected = () => hub.log.filter(({ event, uid }) => event === 'client-connected' && uid === NODE).length
  const gone = () => hub.log.filter(({ event, uid }) => event === 'client-disconnected' && uid === NODE).length
  const files = ['--cafile', 'ca.crt.pem', '--cert', 'next.crt.pem', '--key', 'next.key.pem']
  const args = ['-h', 'localhost', '-p', String(hub.mqttsPort), '-i', NODE, '-t', '/farm/home/h1/north/cmd/#', ...files]
  const listening = spawn('mosquitto_sub', args, { cwd: join(dir.path, 'node'), stdio: 'ignore' })
  onTestFinished(() => void listening.kill('SIGKILL'))
  await eventually(async () => connected() > gone(), 20_000, 'the node is connected')
  expect(await runRoost(['node', 'revoke', '--uid', NODE, '--data', dataDir])).toMatchObject({ code: 0, stderr: '' })
  await eventually(async () => connected() === gone(), 20_000, 'its session is cut')
  const at = (event: string) => Date.parse(hub.log.findLast((line) => line.event === event)!.time as string)
  expect(at('client-disconnected') - at('certificates-revoked')).toBeLessThan(2_000)
  expect((await publishAs('next')).code).not.toBe(0)
  expect((await deviceOf()).certificate?.state).toBe('revoked')
  expect(await shell(getCrl!, env)).toMatchObject({ code: 0, output: expect.stringMatching(/verify OK/) })

  await hub.kill()
  hub = await startHub({ dataDir })
  expect((await publishAs('next')).code).not.toBe(0)
  expect((await deviceOf()).certificate?.state).toBe('revoked')
})

test('when the farm changes its CA, the recipe’s renewal moves such a node, and it goes on after the old one is dropped', async () => {
  const [getCa, enrol, connect, renew] = steps
  const uid = 'rn-0a0b0c0d0e10'
  const env = { ...(await enrolCode('--place', 'home/h1/south')), NODE: uid }
  expect(await shell(getCa!, env)).toEqual({ code: 0, output: '' })
  expect(await shell(enrol!, env)).toMatchObject({ code: 0 })
  expect(await shell(connect!, env)).toEqual({ code: 0, output: '' })
  expect(await runRoost(['ca', 'roll', '--data', dataDir])).toMatchObject({ code: 0 })
  expect(await shell(`${connect!.split('\n')[0]}\n${renew}`, env)).toEqual({ code: 0, output: '' })
  expect((await shell('grep -c BEGIN ca.crt.pem')).output).toBe('2\n')
  const status = async () => (await (await fetch(`${hub.http}/api/v1/ca`)).json()) as CaDto
  // It is the only node: the old CA is dropped as soon as it came with its new certificate, by the hub itself.
  await eventually(async () => (await status()).roll === null, 30_000, 'the change is over')
  const south = (await (await fetch(`${hub.http}/api/v1/devices/${uid}`)).json()) as DeviceDto
  expect(south.certificate?.state).toBe('valid')
  await eventually(
    async () => (await shell(`mosquitto_pub ${NEXT} -t /farm/home/h1/south/data/co2 -f data.cbor`, env)).code === 0,
    20_000,
    'the node is let in by its new certificate, and believes the hub’s',
  )
})
