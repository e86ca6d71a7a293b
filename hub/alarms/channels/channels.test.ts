// Plan: the real channels against counterparts that speak the protocol on this machine: an SMTP server, HTTP servers, a modem at a pty, and a
// program in the place of gpioset that keeps the line's level in a file. Nothing leaves the machine.
import { spawnSync } from 'node:child_process'
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SMTPServer } from 'smtp-server'
import * as v from 'valibot'
import { afterAll, expect, test } from 'vitest'
import { createSimClock } from '../../../test/sim/clock.ts'
import { createSimDisk } from '../../../test/sim/disk.ts'
import { eventually } from '../../../test/sim/hub-process.ts'
import { openSimModem } from '../../../test/sim/modem.ts'
import { createLog } from '../../core/log.ts'
import type { AlarmEvent } from '../message.ts'
import { smsText } from './at-modem.ts'
import { type Channels, openChannels } from './channels.ts'
import { type ChannelConfig, channelSchema } from './config.ts'

/** The modem is a Python program: nothing else at hand opens a pseudo terminal. */
const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0
const SECRET = 'tok3n-Secret-9'
const closing: (() => Promise<unknown> | unknown)[] = []
afterAll(async () => {
  for (const close of closing.reverse()) await close()
})

const lines: string[] = []
const notes: AlarmEvent[] = []
const log = createLog(
  (line) => void lines.push(line),
  () => 0,
  'debug',
)

async function openAll(changed: Partial<Parameters<typeof openChannels>[0]> = {}): Promise<Channels> {
  const channels = await openChannels({
    dir: '/channels',
    disk: createSimDisk(),
    clock: createSimClock(),
    log,
    isWell: () => true,
    note: (event) => void notes.push(event),
    nodesOf: (house) => [`node-of-${house}`],
    houses: () => ['home/h1'],
    actuate: async () => {},
    isWaiting: () => false,
    replied() {},
    ...changed,
  })
  closing.push(() => channels[Symbol.asyncDispose]())
  return channels
}

const config = (value: object): ChannelConfig => v.parse(channelSchema, { name: 'x', ...value })
const message = {
  id: '12.0.ada',
  subject: 'ALARM home/h1 High temperature',
  text: 'ALARM\nhome/h1: 34.2 °C',
  severity: 'critical',
} as const

interface Taken {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

/** A web server that answers with `answers`, one after the other, the last one again and again. */
async function openWeb(
  ...answers: [status: number, body: string][]
): Promise<{ url: string; taken: Taken[]; server: Server }> {
  const taken: Taken[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      taken.push({ method: request.method!, url: request.url!, headers: request.headers, body })
      const [status, text] = answers[Math.min(taken.length, answers.length) - 1]!
      response.writeHead(status, { 'content-type': 'application/json' }).end(text)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise((resolve) => server.close(resolve)))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, taken, server }
}

/** A mail server that wants user `farm` with SECRET. */
async function openMail(): Promise<{ port: number; mails: { to: string[]; text: string }[] }> {
  const mails: { to: string[]; text: string }[] = []
  const server = new SMTPServer({
    authOptional: false,
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    logger: false,
    onAuth({ username, password }, _session, callback) {
      if (username === 'farm' && password === SECRET) callback(null, { user: username })
      else callback(new Error(`no such user with ${password}`))
    },
    onRcptTo({ address }, _session, callback) {
      callback(
        address.startsWith('nobody@') ? Object.assign(new Error('no such mailbox'), { responseCode: 550 }) : null,
      )
    },
    onData(stream, session, callback) {
      let text = ''
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.on('end', () => {
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text,
        })
        callback()
      })
    },
  })
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  closing.push(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  return { port: (server.server.address() as AddressInfo).port, mails }
}

test('e-mail reaches the mail server under the call’s own number, and a refusal tells why without the password', async () => {
  const { port, mails } = await openMail()
  const channels = await openAll()
  const mail = {
    id: 'mail',
    kind: 'email',
    host: '127.0.0.1',
    port,
    tls: 'none',
    user: 'farm',
    from: 'roost@farm.example',
  }
  await channels.set(config({ ...mail, password: SECRET }))
  expect(await channels.deliver('mail', 'ada@farm.example', message)).toBeNull()
  expect(mails).toHaveLength(1)
  expect(mails[0]).toMatchObject({ to: ['ada@farm.example'] })
  expect(mails[0]!.text).toContain('Subject: ALARM home/h1 High temperature')
  expect(mails[0]!.text).toContain('Message-ID: <roost.12.0.ada@farm.example>')
  expect(await channels.deliver('mail', 'nobody@farm.example', message)).toMatch(/550/)
  await channels.set(config({ ...mail, password: `${SECRET}-wrong` }))
  const refused = await channels.deliver('mail', 'ada@farm.example', message)
  expect(refused).toMatch(/EAUTH/)
  expect(refused).not.toContain(SECRET)
  await channels.set(config({ ...mail, password: '', port: 1 }))
  expect(await channels.deliver('mail', 'ada@farm.example', message)).toMatch(/ECONNREFUSED|ESOCKET/)
})

test('Telegram, ntfy and a webhook get what their services document', async () => {
  const telegram = await openWeb(
    [200, '{"ok":true,"result":{}}'],
    [403, '{"ok":false,"description":"bot was blocked"}'],
  )
  const ntfy = await openWeb([200, '{"id":"x"}'])
  const hook = await openWeb([204, ''], [500, `oops ${SECRET}`], [302, ''])
  const channels = await openAll()
  await channels.set(config({ id: 'tg', kind: 'telegram', url: telegram.url, token: SECRET }))
  await channels.set(config({ id: 'push', kind: 'ntfy', url: ntfy.url, token: SECRET }))
  await channels.set(config({ id: 'hook', kind: 'webhook', url: `${hook.url}/in?key=1`, authorization: SECRET }))

  expect(await channels.deliver('tg', '42', message)).toBeNull()
  expect(telegram.taken[0]).toMatchObject({ method: 'POST', url: `/bot${SECRET}/sendMessage` })
  expect(JSON.parse(telegram.taken[0]!.body)).toEqual({ chat_id: '42', text: message.text })
  expect(await channels.deliver('tg', '42', message)).toMatch('HTTP 403')

  expect(await channels.deliver('push', 'roost-farm', message)).toBeNull()
  expect(ntfy.taken[0]!.headers.authorization).toBe(`Bearer ${SECRET}`)
  expect(JSON.parse(ntfy.taken[0]!.body)).toMatchObject({ topic: 'roost-farm', priority: 5, title: message.subject })

  expect(await channels.deliver('hook', '', message)).toBeNull()
  expect(hook.taken[0]!.headers).toMatchObject({ authorization: SECRET, 'idempotency-key': '12.0.ada' })
  expect(JSON.parse(hook.taken[0]!.body)).toMatchObject({ id: '12.0.ada', severity: 'critical' })
  const failed = await channels.deliver('hook', '', message)
  expect(failed).toMatch('HTTP 500 oops')
  expect(failed).not.toContain(SECRET)
  expect(await channels.deliver('hook', '', message)).toMatch('HTTP 302')
})

test.skipIf(!hasPython)(
  'an SMS goes out by a modem at a serial line, with its PIN and in letters that every modem has',
  async () => {
    await using modem = await openSimModem({ pin: '1234' })
    const channels = await openAll()
    await channels.set(config({ id: 'sms', kind: 'sms', path: modem.path, pin: '1234' }))
    const [first, second] = await Promise.all([
      channels.deliver('sms', '+491701234567', message),
      channels.deliver('sms', '+491707654321', { ...message, text: 'Wärme: 34 °C' }),
    ])
    expect([first, second]).toEqual([null, null])
    await eventually(async () => modem.sent.length === 2, 10_000, 'two messages')
    expect(modem.sent).toEqual([
      { to: '+491701234567', text: 'ALARM\nhome/h1: 34.2 C' },
      { to: '+491707654321', text: 'Warme: 34 C' },
    ])
    expect(await channels.deliver('sms', 'not a number', message)).toMatch('no phone number')
  },
)

test.skipIf(!hasPython)(
  'a modem without network, a locked card and a line that is not there are told as what they are',
  async () => {
    await using deaf = await openSimModem({ mode: 'no-network' })
    await using locked = await openSimModem({ pin: '9999' })
    const channels = await openAll()
    await channels.set(config({ id: 'deaf', kind: 'sms', path: deaf.path }))
    await channels.set(config({ id: 'locked', kind: 'sms', path: locked.path, pin: '1111' }))
    await channels.set(config({ id: 'gone', kind: 'sms', path: '/dev/ttyNone' }))
    await channels.set(config({ id: 'null', kind: 'sms', path: '/dev/null' }))
    expect(await channels.deliver('deaf', '+49170', message)).toBe('+CMS ERROR: 331')
    expect(await channels.deliver('locked', '+49170', message)).toBe('AT+CPIN: +CME ERROR: 16')
    expect(await channels.deliver('gone', '+49170', message)).toMatch('ENOENT')
    expect(await channels.deliver('null', '+49170', message)).toMatch('no serial line')
  },
)

test('what an SMS cannot carry is written otherwise, and it is one message', () => {
  expect(smsText('NH₃ 25 ppm – “Stall 1” ÄÖÜß €')).toBe('NH3 25 ppm - ?Stall 1? AOUss ?')
  expect(smsText('x'.repeat(500))).toHaveLength(160)
})

test('the relay is energised while the hub is well and quiet, falls for an alarm and for a hub that is not well, and with the hub', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'roost-siren-'))
  closing.push(() => rm(dir, { recursive: true, force: true }))
  const level = join(dir, 'level')
  const gpioset = join(dir, 'gpioset')
  // As Debian builds it, without an interactive mode; the line keeps its level when nobody holds it.
  await writeFile(
    gpioset,
    `#!/bin/sh\n[ "$1 $2" = "--chip gpiochip0" ] || exit 1\nfor last; do :; done\necho "\${last#*=}" > ${level}\n[ "$3 $4" = "--toggle 0" ] && exit\ntrap 'kill $!; exit 143' TERM\nsleep 60 & wait\n`,
  )
  await chmod(gpioset, 0o700)
  const isLevel = (wanted: string) =>
    eventually(async () => (await readFile(level, 'utf8').catch(() => '')).trim() === wanted, 10_000, `level ${wanted}`)
  const clock = createSimClock()
  let isWell = true
  const channels = await openAll({ clock, gpioset, isWell: () => isWell })
  await channels.set(config({ id: 'siren', kind: 'siren', line: 17 }))
  await isLevel('1')
  channels.sound(['home/h1'])
  await isLevel('0')
  channels.sound([])
  await isLevel('1')
  isWell = false
  clock.advance(2_000)
  await isLevel('0')
  isWell = true
  clock.advance(2_000)
  await isLevel('1')
  const tried = channels.test('siren', '')
  await isLevel('0')
  await eventually(
    async () => {
      clock.advance(1_000)
      return (await Promise.race([tried, Promise.resolve(null)]))?.ok
    },
    10_000,
    'the end of the test',
  )
  await isLevel('1')
  expect(channels.fault()).toBeNull()
  await channels[Symbol.asyncDispose]()
  await isLevel('0')
})

test('a siren that cannot be held is told, and tried again', async () => {
  const clock = createSimClock()
  const channels = await openAll({ clock, gpioset: '/nowhere/gpioset' })
  await channels.set(config({ id: 'siren', kind: 'siren', line: 17 }))
  await eventually(async () => channels.fault(), 10_000, 'a fault')
  expect(channels.fault()).toMatch('is not installed')
  expect((await channels.test('siren', '')).ok).toBe(false)
})

test('buzzers sound at the nodes of the house that has the alarm, again each minute, and end with it', async () => {
  const told: string[] = []
  const clock = createSimClock()
  const actuate = async (uid: string, actuator: string, position: number) =>
    void told.push(`${uid} ${actuator} ${position}`)
  const channels = await openAll({ clock, actuate })
  await channels.set(config({ id: 'buzzer', kind: 'buzzer' }))
  channels.sound(['home/h1'])
  channels.sound(['home/h1', 'home/h2'])
  clock.advance(60_000)
  channels.sound(['home/h2'])
  const [h1, h2] = ['node-of-home/h1 buzzer', 'node-of-home/h2 buzzer']
  expect(told).toEqual([`${h1} 100`, `${h2} 100`, `${h1} 100`, `${h2} 100`, `${h1} 0`])
})

test('the sign of life goes out while the hub is well, and what hinders it is told', async () => {
  const watch = await openWeb([200, 'OK'])
  const clock = createSimClock()
  let isWell = true
  const channels = await openAll({ clock, isWell: () => isWell })
  await channels.set(config({ id: 'alive', kind: 'ping', url: `${watch.url}/ping/${SECRET}`, everyMs: 60_000 }))
  clock.advance(60_000)
  await eventually(async () => watch.taken.length === 1, 10_000, 'a ping')
  await eventually(async () => channels.list()[0]!.lastOkMs !== null, 10_000, 'its answer')
  isWell = false
  clock.advance(180_000)
  isWell = true
  clock.advance(60_000)
  await eventually(async () => watch.taken.length === 2, 10_000, 'the next ping')
  expect(watch.taken).toHaveLength(2)
  await new Promise((resolve) => watch.server.close(resolve))
  watch.server.closeAllConnections()
  expect((await channels.test('alive', '')).ok).toBe(false)
  expect(channels.fault()).toMatch(/ECONNREFUSED|other side closed|cannot be reached|UND_ERR/)
})

test('secrets are on the card and nowhere else: not in answers, not in the log, not in what is kept of deliveries', async () => {
  const disk = createSimDisk()
  const channels = await openAll({ disk })
  const hook = { id: 'hook', kind: 'webhook', url: `http://127.0.0.1:1/${SECRET}` }
  await channels.set(config({ ...hook, authorization: SECRET }))
  await channels.deliver('hook', '', message)
  await channels.set(config({ id: 'hook', kind: 'webhook', name: 'renamed' }))
  expect(channels.list()).toEqual([
    {
      id: 'hook',
      kind: 'webhook',
      name: 'renamed',
      enabled: true,
      fault: null,
      hasUrl: true,
      hasAuthorization: true,
      urlHost: '127.0.0.1:1',
    },
  ])
  const again = await openAll({ disk: disk.reboot() })
  expect(await again.deliver('hook', '', message)).toMatch(/ECONNREFUSED|cannot be reached/)
  await again.remove('hook')
  expect(await again.deliver('hook', '', message)).toBe('there is no such channel')
  await expect(again.remove('hook')).rejects.toMatchObject({ code: 'CHANNEL_UNKNOWN' })
  const told = JSON.stringify([lines, notes, again.deliveries(), channels.deliveries()])
  expect(told).toContain('alarm-not-sent')
  expect(told).not.toContain(SECRET)
})
