// Plan: a hub with its login listener, users made by the command line while it runs, and mosquitto's own clients.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type HubProcess, run, runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'

let dir: Awaited<ReturnType<typeof temporaryDir>>
let dataDir: string
let caFile: string
let hub: HubProcess

beforeAll(async () => {
  dir = await temporaryDir('users')
  dataDir = join(dir.path, 'data')
  hub = await startHub({ dataDir, mqttsLogin: '127.0.0.1:0' })
  caFile = join(dir.path, 'ca.crt.pem')
  await cp(join(dataDir, 'pki', 'ca.crt.pem'), caFile)
})

afterAll(async () => {
  await hub?.stop()
  await dir?.[Symbol.asyncDispose]()
})

const roost = (...args: string[]) => runRoost(['user', ...args, '--data', dataDir])

/** Adds a user and gives the password that was shown. */
async function addUser(name: string, ...rights: string[]): Promise<string> {
  const { code, stdout, stderr } = await roost('add', '--name', name, ...rights)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  return /shown only now: (\S+)/.exec(stdout)![1]!
}

const login = (name: string, password: string) => [
  '-h',
  'localhost',
  '-p',
  String(hub.mqttsLoginPort),
  '--cafile',
  caFile,
  '-u',
  name,
  '-P',
  password,
]

const publish = (name: string, password: string, topic: string, message: string, ...more: string[]) =>
  run('mosquitto_pub', [...login(name, password), '-q', '1', '-t', topic, '-m', message, ...more])

interface Subscriber {
  process: ChildProcess
  lines(): string[]
  stderr(): string
}

async function subscribe(name: string, password: string, filter: string, ...more: string[]): Promise<Subscriber> {
  const args = [...login(name, password), '-q', '1', '-t', filter, '-v', '-d', ...more]
  const child = spawn('stdbuf', ['-oL', 'mosquitto_sub', ...args]) // line by line, as on a terminal
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  await eventually(async () => /Subscribed/.test(stdout) || child.exitCode !== null, 10_000, 'a subscription')
  const lines = () => stdout.split('\n').filter((line) => line !== '' && !/^(Client|Subscribed)/.test(line))
  return { process: child, lines, stderr: () => stderr }
}

test('a user publishes and subscribes within its rights, and no further', async () => {
  const reader = await addUser('reader')
  const lights = await addUser('lights', '--publish', 'lights/#', '--subscribe', 'lights/#')
  const subscriber = await subscribe('reader', reader, '#')
  expect((await publish('lights', lights, 'lights/h1', 'on')).code).toBe(0)
  await eventually(async () => subscriber.lines().includes('lights/h1 on'), 5_000, 'the message')
  expect((await publish('reader', reader, 'lights/h1', 'off')).code).not.toBe(0)
  expect((await publish('lights', lights, '/farm/home/h1/n1/cmd/restart', 'x')).code).not.toBe(0)
  const refused = await run('mosquitto_sub', [...login('lights', lights), '-t', '/farm/#', '-W', '2'])
  expect(refused.stderr).toMatch(/denied/i)
  subscriber.process.kill()
  expect(subscriber.lines()).toEqual(['lights/h1 on'])
})

test('a wrong password, an unknown name and a missing one are refused', async () => {
  const password = await addUser('right')
  for (const [name, given] of [
    ['right', 'wrong password'],
    ['nobody', password],
  ] as const) {
    const result = await publish(name, given, 'a', 'x')
    expect(result.code).not.toBe(0)
    expect(`${result.stderr}${result.stdout}`).toMatch(/bad user name or password|not authori[sz]ed/i)
  }
  const nameless = [
    '-h',
    'localhost',
    '-p',
    String(hub.mqttsLoginPort),
    '--cafile',
    caFile,
    '-t',
    'a',
    '-m',
    'x',
    '-q',
    '1',
  ]
  expect((await run('mosquitto_pub', nameless)).code).not.toBe(0)
  expect(hub.log.filter(({ reason }) => reason === 'login').length).toBeGreaterThanOrEqual(3)
})

test('a removed user’s live session ends at once; a changed password and changed rights end it too', async () => {
  for (const change of ['remove', 'password', 'rights'] as const) {
    const name = `tool-${change}`
    const password = await addUser(name)
    const subscriber = await subscribe(name, password, '#', '-i', 'fixed', '-c')
    expect(subscriber.process.exitCode).toBeNull()
    const exited = once(subscriber.process, 'exit')
    const connects = () => hub.log.filter((line) => line.event === 'client-connected' && line.name === name).length
    expect(connects()).toBe(1)
    const result = await roost(change, '--name', name, ...(change === 'rights' ? ['--subscribe', 'x/#'] : []))
    expect(result.code).toBe(0)
    const ended = () => hub.log.filter((line) => line.event === 'client-disconnected' && line.name === name).length
    await eventually(async () => ended() === 1, 2_000, 'the end of the session')
    if (change !== 'rights') expect((await publish(name, password, 'a', 'x')).code).not.toBe(0)
    subscriber.process.kill()
    await exited
  }
})

test('users survive kill −9, and the command line works on them without a hub too', async () => {
  const password = await addUser('survivor', '--publish', 'a/#')
  await hub.kill()
  const listed = JSON.parse((await roost('list', '--json')).stdout) as { name: string }[]
  expect(listed.map(({ name }) => name)).toContain('survivor')
  expect((await roost('remove', '--name', 'reader')).code).toBe(0)
  expect((await roost('remove', '--name', 'reader')).stderr).toMatch(/no user "reader"/)
  const own = spawn(process.execPath, [
    'hub/cli.ts',
    'user',
    'password',
    '--name',
    'lights',
    '--password-stdin',
    '--data',
    dataDir,
  ])
  own.stdin.end('a password of my own\n')
  expect((await once(own, 'exit'))[0]).toBe(0)
  hub = await startHub({ dataDir, mqttsLogin: '127.0.0.1:0' })
  expect((await publish('survivor', password, 'a/b', 'x')).code).toBe(0)
  expect((await publish('lights', 'a password of my own', 'lights/a', 'x')).code).toBe(0)
  expect((await roost('list')).stdout).toMatch(/^survivor {2}publishes a\/# {2}subscribes to nothing$/m)
})
