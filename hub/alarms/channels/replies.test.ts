import { spawnSync } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as v from 'valibot'
import { expect, test } from 'vitest'
import { createSimClock } from '../../../test/sim/clock.ts'
import { eventually } from '../../../test/sim/hub-process.ts'
import { openSimModem } from '../../../test/sim/modem.ts'
import { parseTexts } from './at-modem.ts'
import { channelSchema } from './config.ts'
import { isAcknowledgement, isSameAddress, openReplies, type Reply } from './replies.ts'

const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0

test('what people write when they have seen it is understood, and nothing else', () => {
  for (const text of ['ok', 'OK', ' Ok!', 'okay thanks', '👍 ok', 'Ja', 'sí, voy', 'seen']) {
    expect(isAcknowledgement(text), text).toBe(true)
  }
  for (const text of ['', 'no', 'okra', 'janus', 'what is ok?', 'not ok', 'sixty']) {
    expect(isAcknowledgement(text), text).toBe(false)
  }
})

test('a number is the same with and without its country, a chat only as it is', () => {
  expect(isSameAddress('+491701234567', '01701234567')).toBe(true)
  expect(isSameAddress('+49 170 1234567', '+491701234567')).toBe(true)
  expect(isSameAddress('+491701234567', '+491701234568')).toBe(false)
  expect(isSameAddress('42', '42')).toBe(true)
  expect(isSameAddress('-42', '42')).toBe(false)
  expect(isSameAddress('', '')).toBe(false)
})

test('a list of messages is read, also when one says OK, as the modem does at the end', () => {
  const head = (at: number, from: string) => `\r\n+CMGL: ${at},"REC UNREAD","${from}",,"26/11/23,17:01:00+04"\r\n`
  expect(parseTexts('\r\nOK\r\n')).toEqual([])
  expect(parseTexts(`${head(1, '+49170')}OK\r\n${head(3, '+49171')}two\r\nlines\r\n\r\nOK\r\n`)).toEqual([
    { index: 1, from: '+49170', text: 'OK' },
    { index: 3, from: '+49171', text: 'two\r\nlines' },
  ])
  expect(parseTexts(`${head(1, '+49170')}OK\r\n\r\nOK\r\n`)).toEqual([{ index: 1, from: '+49170', text: 'OK' }])
})

/** Looks again and again until `isEnough`. */
async function lookUntil(clock: ReturnType<typeof createSimClock>, isEnough: () => boolean) {
  await eventually(
    async () => {
      clock.advance(10_000)
      return isEnough()
    },
    20_000,
    'replies',
  )
}

test.skipIf(!hasPython)(
  'answers by SMS are taken off the card while somebody is waited for, those of before are not heard',
  async () => {
    await using modem = await openSimModem()
    const clock = createSimClock()
    const heard: Reply[] = []
    let isWanted = false
    const sms = v.parse(channelSchema, { id: 'sms', kind: 'sms', name: 'SMS', path: modem.path })
    using replies = openReplies({
      clock,
      channels: () => [sms],
      isWanted: () => isWanted,
      heard: (reply) => void heard.push(reply),
    })
    await modem.receive('+491701234567', 'ok of last week')
    clock.advance(60_000)
    isWanted = true
    // The first look only clears the card: what comes after it counts.
    clock.advance(10_000)
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    await modem.receive('+491701234567', 'OK')
    await lookUntil(clock, () => heard.length > 0)
    await modem.receive('+491707777777', 'who is this?')
    await lookUntil(clock, () => heard.length > 1)
    expect(heard).toEqual([
      { channel: 'sms', from: '+491701234567', text: 'OK' },
      { channel: 'sms', from: '+491707777777', text: 'who is this?' },
    ])
    void replies
  },
)

test('answers by Telegram are those that came since the alarm', async () => {
  const updates = [{ update_id: 7, message: { chat: { id: 42 }, text: 'ok' } }]
  const server = createServer((request, response) => {
    const url = new URL(request.url!, 'http://x')
    const offset = Number(url.searchParams.get('offset'))
    const result = offset < 0 ? updates.slice(-1) : updates.filter(({ update_id }) => update_id >= offset)
    response.end(JSON.stringify({ ok: url.pathname === '/botT/getUpdates', result }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const clock = createSimClock()
  const heard: Reply[] = []
  const telegram = v.parse(channelSchema, { id: 'tg', kind: 'telegram', name: 'Telegram', url, token: 'T' })
  using replies = openReplies({
    clock,
    channels: () => [telegram],
    isWanted: () => true,
    heard: (reply) => void heard.push(reply),
  })
  let asked = 0
  server.on('request', () => {
    asked++
  })
  await lookUntil(clock, () => asked >= 2)
  updates.push({ update_id: 8, message: { chat: { id: 42 }, text: 'OK!' } })
  await lookUntil(clock, () => heard.length > 0)
  await lookUntil(clock, () => asked >= 6)
  expect(heard).toEqual([{ channel: 'tg', from: '42', text: 'OK!' }])
  void replies
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})
