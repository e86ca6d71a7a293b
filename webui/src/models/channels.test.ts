import * as v from 'valibot'
import { expect, test } from 'vitest'
import { channelSchema } from '../../../hub/alarms/channels/config.ts'
import { channelId, channelOf, FIELDS, KINDS } from './channels.ts'

const TYPED: Readonly<Record<string, string>> = {
  host: 'mail.example.org',
  from: 'farm@example.org',
  url: 'https://example.org/hook',
  token: 'abc',
  pin: '1234',
}

test('what a form of each kind asks for is what the hub takes', () => {
  for (const kind of KINDS) {
    const typed = Object.fromEntries(FIELDS[kind].map(({ name, preset }) => [name, preset ?? TYPED[name] ?? '']))
    const body = channelOf(kind, { ...typed, name: 'A name' })
    expect(v.safeParse(channelSchema, { ...body, id: channelId(kind, []) }).issues ?? []).toEqual([])
  }
})

test('a second channel of a kind gets a number', () => {
  expect([channelId('sms', []), channelId('sms', ['sms']), channelId('sms', ['sms', 'sms-2'])]).toEqual([
    'sms',
    'sms-2',
    'sms-3',
  ])
})
