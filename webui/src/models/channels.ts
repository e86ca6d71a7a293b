// The ways to reach people, and what was sent over them: asked when the page opens and after each change.
import { type ReadonlySignal, signal } from '@preact/signals'
import type { ChannelDto, ChannelsDto, DeliveriesDto, Delivery } from '../../../hub/api/alarm-dto.ts'
import type { Ask } from './ask.ts'
import { type Asked, createAsked, createWishes, type Wishes } from './asked.ts'

export type ChannelKind = ChannelDto['kind']

/** One entry of a channel's form; `secret`: the hub never shows it again, empty leaves it as it is. */
export interface Field {
  name: string
  type: 'text' | 'number' | 'secret' | 'choice'
  preset?: string
  isOptional?: boolean
  choices?: readonly string[]
}

/** What each kind wants to know, in the order in which a person reads it off a letter or a device. */
export const FIELDS: Readonly<Record<ChannelKind, readonly Field[]>> = {
  sms: [
    { name: 'path', type: 'text', preset: '/dev/ttyUSB0' },
    { name: 'pin', type: 'secret', isOptional: true },
  ],
  email: [
    { name: 'host', type: 'text' },
    { name: 'port', type: 'number', preset: '465' },
    { name: 'tls', type: 'choice', choices: ['tls', 'starttls', 'none'], preset: 'tls' },
    { name: 'user', type: 'text', isOptional: true },
    { name: 'password', type: 'secret', isOptional: true },
    { name: 'from', type: 'text' },
  ],
  telegram: [{ name: 'token', type: 'secret' }],
  ntfy: [
    { name: 'url', type: 'text', preset: 'https://ntfy.sh' },
    { name: 'token', type: 'secret', isOptional: true },
  ],
  webhook: [
    { name: 'url', type: 'secret' },
    { name: 'authorization', type: 'secret', isOptional: true },
  ],
  siren: [
    { name: 'chip', type: 'text', preset: 'gpiochip0' },
    { name: 'line', type: 'number', preset: '17' },
  ],
  buzzer: [{ name: 'actuator', type: 'text', preset: 'buzzer' }],
  ping: [{ name: 'url', type: 'secret' }],
}
export const KINDS = Object.keys(FIELDS) as ChannelKind[]

/** The body of a PUT from what was typed: numbers are numbers, an empty entry is left out. Pure. */
export function channelOf(
  kind: ChannelKind,
  typed: Readonly<Record<string, string>>,
  isEnabled = true,
): Record<string, unknown> {
  const body: Record<string, unknown> = { kind, name: typed.name ?? '', enabled: isEnabled }
  for (const { name, type } of FIELDS[kind]) {
    const value = (typed[name] ?? '').trim()
    if (value !== '') body[name] = type === 'number' ? Number(value) : value
  }
  return body
}

/** A new channel's id: its kind, and a number when there are more. Pure. */
export function channelId(kind: ChannelKind, taken: readonly string[]): string {
  if (!taken.includes(kind)) return kind
  let number = 2
  while (taken.includes(`${kind}-${number}`)) number++
  return `${kind}-${number}`
}

/** Whether the hub knows the secret called `name`: it says `hasPassword`, never the password. Pure. */
export const hasSecret = (channel: ChannelDto, name: string): boolean =>
  channel[`has${name[0]!.toUpperCase()}${name.slice(1)}`] === true

export interface ChannelsModel extends Wishes {
  readonly channels: Asked<ChannelsDto>
  readonly deliveries: Asked<DeliveriesDto>
  /** What came of the last test of each channel; null while it runs. */
  readonly tests: ReadonlySignal<Readonly<Record<string, Delivery | null>>>
  reload(): Promise<void>
  /** True when the hub has it. */
  set(id: string, body: Record<string, unknown>): Promise<boolean>
  remove(id: string): Promise<boolean>
  test(id: string, to: string): Promise<void>
}

export function createChannels(ask: Ask): ChannelsModel {
  const channels = createAsked<ChannelsDto>(ask, '/channels')
  const deliveries = createAsked<DeliveriesDto>(ask, '/channels/deliveries')
  const wishes = createWishes(ask)
  const tests = signal<Readonly<Record<string, Delivery | null>>>({})
  return {
    ...wishes,
    channels,
    deliveries,
    tests,
    async reload() {
      await Promise.all([channels.reload(), deliveries.reload()])
    },
    async set(id, body) {
      const saved = await wishes.send<ChannelsDto>('PUT', `/channels/${id}`, body)
      if (saved !== null && saved !== true) channels.set(saved)
      return saved !== null
    },
    async remove(id) {
      const done = await wishes.send('DELETE', `/channels/${id}`)
      await channels.reload()
      return done !== null
    },
    async test(id, to) {
      tests.value = { ...tests.value, [id]: null }
      const delivery = await wishes.send<Delivery>('POST', `/channels/${id}/test`, { to })
      const { [id]: _, ...others } = tests.value
      tests.value = delivery !== null && delivery !== true ? { ...others, [id]: delivery } : others
      await deliveries.reload()
    },
  }
}
