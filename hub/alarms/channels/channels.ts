// The channels that the farm has: their settings (`channels.*.json`), sending with an end, the log of deliveries, and what sounds.
import * as v from 'valibot'
import type { Clock } from '../../core/clock.ts'
import type { Disk } from '../../core/disk.ts'
import { RoostError } from '../../core/errors.ts'
import { errorFields, type Log } from '../../core/log.ts'
import { createJsonFile } from '../../registry/json-file.ts'
import type { AlarmEvent, Deliver, Message } from '../message.ts'
import { type Buzzer, openBuzzer } from './buzzer.ts'
import {
  CHANNELS_MAX,
  type ChannelConfig,
  channelSchema,
  isAddressed,
  keepSecrets,
  scrub,
  shownChannel,
} from './config.ts'
import { openPing, type Ping } from './ping.ts'
import { openReplies, type Reply } from './replies.ts'
import { send } from './senders.ts'
import { openSiren, type Siren } from './siren.ts'

const FORMAT = 1
const LOG_MAX = 500
/** No way takes longer; a modem's network is the slowest. */
const SEND_TIMEOUT_MS = 75_000
const SIREN_TEST_MS = 3_000

const documentSchema = v.looseObject({ channels: v.pipe(v.array(channelSchema), v.maxLength(CHANNELS_MAX)) })
type Document = v.InferOutput<typeof documentSchema>

/** One attempt to reach somebody. */
export interface Delivery {
  tMs: number
  channel: string
  kind: string
  /** `test.…` for a test. */
  message: string
  to: string
  ok: boolean
  reason: string | null
  tookMs: number
}

export interface Channels {
  /** Without their secrets, each with what is wrong with it now. */
  list(): (Record<string, unknown> & { id: string; kind: string; fault: string | null })[]
  /** Adds or replaces; a secret that is left empty stays as it was. BAD_REQUEST, DISK. */
  set(config: ChannelConfig): Promise<void>
  /** CHANNEL_UNKNOWN, DISK. */
  remove(id: string): Promise<void>
  deliver: Deliver
  /** A message would have somewhere to go. */
  canReach(id: string, to: string): boolean
  /** Tries a channel now. CHANNEL_UNKNOWN. */
  test(id: string, to: string): Promise<Delivery>
  /** The newest first. */
  deliveries(): readonly Delivery[]
  /** Sirens, buzzers and pings, for the weekly test. */
  extras(): { what: 'siren' | 'buzzer' | 'ping'; channel: string }[]
  sound(houses: readonly string[]): void
  /** What is wrong with sirens and pings, in words. */
  fault(): string | null
  [Symbol.asyncDispose](): Promise<void>
}

type Opened = { siren: Siren } | { buzzer: Buzzer } | { ping: Ping } | Record<string, never>

/** Opens or creates `channels.*.json` in `dir`. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openChannels(parts: {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  note(event: AlarmEvent): void
  /** The hub does its work: while not, the relay falls and no ping goes out. */
  isWell(): boolean
  nodesOf(house: string): string[]
  houses(): string[]
  actuate(uid: string, actuator: string, position: 0 | 100): Promise<unknown>
  gpioset?: string
  /** Somebody was called and nobody acknowledged: answers are looked for. */
  isWaiting(): boolean
  replied(reply: Reply): void
}): Promise<Channels> {
  const { clock, log, note } = parts
  const file = createJsonFile<Document>({
    dir: parts.dir,
    name: 'channels',
    format: FORMAT,
    disk: parts.disk,
    log,
    parse: (value) => v.parse(documentSchema, value),
  })
  let document: Document = (await file.read()) ?? { channels: [] }
  const opened = new Map<string, Opened>()
  const deliveries: Delivery[] = []
  let sounding: readonly string[] = []
  const trying = new Set<string>()

  function open(config: ChannelConfig): Opened {
    if (!config.enabled) return {}
    switch (config.kind) {
      case 'siren': {
        const { gpioset } = parts
        return { siren: openSiren(config, { clock, log, ...(gpioset ? { command: gpioset } : {}) }) }
      }
      case 'buzzer':
        return {
          buzzer: openBuzzer({
            clock,
            nodesOf: parts.nodesOf,
            command: (uid, position) => parts.actuate(uid, config.actuator, position),
          }),
        }
      case 'ping':
        return { ping: openPing(config, { clock, isWell: parts.isWell }) }
      default:
        return {}
    }
  }

  async function close(id: string): Promise<void> {
    const own = opened.get(id)
    opened.delete(id)
    if (own && 'siren' in own) await own.siren[Symbol.asyncDispose]()
    else if (own && 'buzzer' in own) own.buzzer[Symbol.dispose]()
    else if (own && 'ping' in own) own.ping[Symbol.dispose]()
  }

  let last: Promise<unknown> = Promise.resolve()
  /** One change after the other; a channel works as it is on the card. */
  function save(id: string, make: (channels: ChannelConfig[]) => ChannelConfig[]): Promise<void> {
    const next = last.then(async () => {
      const channels = make(document.channels)
      await file.write({ ...document, channels })
      document = { ...document, channels }
      await close(id)
      const config = channels.find((each) => each.id === id)
      if (config) opened.set(id, open(config))
      applySound()
    })
    last = next.catch(() => {})
    return next
  }

  function applySound() {
    const isWell = parts.isWell()
    for (const [id, own] of opened) {
      if ('siren' in own) own.siren.sound(sounding.length > 0 || !isWell || trying.has(id))
      else if ('buzzer' in own) own.buzzer.sound(trying.has(id) ? parts.houses() : sounding)
    }
  }

  const find = (id: string) => document.channels.find((config) => config.id === id)

  async function sendBounded(config: ChannelConfig, to: string, message: Message): Promise<string | null> {
    let timer: NodeJS.Timeout | undefined
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('timeout')), SEND_TIMEOUT_MS)
      })
      await Promise.race([attempt(config, to, message), late])
      return null
    } catch (error) {
      return scrub((error as Error).message, config)
    } finally {
      clearTimeout(timer)
    }
  }

  /** A siren and a buzzer sound for a moment, a ping goes out; the others speak. */
  async function attempt(config: ChannelConfig, to: string, message: Message): Promise<void> {
    const own = opened.get(config.id) ?? {}
    if ('ping' in own) {
      const fault = await own.ping.now()
      if (fault) throw new Error(fault)
    } else if ('siren' in own || 'buzzer' in own) {
      if ('siren' in own && own.siren.fault()) throw new Error(own.siren.fault()!)
      trying.add(config.id)
      applySound()
      await new Promise<void>((resolve) => void clock.after(SIREN_TEST_MS, resolve))
      trying.delete(config.id)
      applySound()
    } else await send(config, to, message)
  }

  async function deliverOn(
    config: ChannelConfig | undefined,
    id: string,
    to: string,
    message: Message,
  ): Promise<Delivery> {
    const startMs = clock.monotonicMs()
    const reason = !config
      ? 'there is no such channel'
      : !config.enabled
        ? 'the channel is switched off'
        : await sendBounded(config, to, message)
    const delivery: Delivery = {
      tMs: clock.wallMs(),
      channel: id,
      kind: config?.kind ?? '',
      message: message.id,
      to,
      ok: reason === null,
      reason,
      tookMs: Math.round(clock.monotonicMs() - startMs),
    }
    deliveries.push(delivery)
    if (deliveries.length > LOG_MAX) deliveries.shift()
    const { tMs: _tMs, ...kept } = delivery
    note({ event: 'sent', ...kept })
    if (reason !== null) log.warn('alarm-not-sent', { channel: id, message: message.id, reason })
    return delivery
  }

  for (const config of document.channels) opened.set(config.id, open(config))
  applySound()
  // The relay must fall within seconds when the hub stops being well, alarm or not.
  const timer = clock.every(2_000, applySound)
  const replies = openReplies({
    clock,
    channels: () => document.channels,
    isWanted: parts.isWaiting,
    heard: parts.replied,
  })

  const faultOf = (id: string): string | null => {
    const own = opened.get(id) ?? {}
    return 'siren' in own ? own.siren.fault() : 'ping' in own ? own.ping.fault() : null
  }

  return {
    list: () =>
      document.channels.map((config) => {
        const own = opened.get(config.id) ?? {}
        const lastOk = 'ping' in own ? { lastOkMs: own.ping.lastOkMs() } : {}
        return { ...shownChannel(config), ...lastOk, id: config.id, kind: config.kind, fault: faultOf(config.id) }
      }),
    set(config) {
      return save(config.id, (channels) => {
        const before = channels.find(({ id }) => id === config.id)
        const kept = keepSecrets(config, before)
        if (before) return channels.map((each) => (each === before ? kept : each))
        if (channels.length >= CHANNELS_MAX) throw new RoostError('BAD_REQUEST', `${CHANNELS_MAX} channels at most`)
        return [...channels, kept]
      })
    },
    remove(id) {
      return save(id, (channels) => {
        if (!channels.some((each) => each.id === id))
          throw new RoostError('CHANNEL_UNKNOWN', `there is no channel ${id}`)
        return channels.filter((each) => each.id !== id)
      })
    },
    deliver: async (id, to, message) => (await deliverOn(find(id), id, to, message)).reason,
    canReach(id, to) {
      const config = find(id)
      return config !== undefined && config.enabled && isAddressed(config.kind, to)
    },
    test(id, to) {
      const config = find(id)
      if (!config) throw new RoostError('CHANNEL_UNKNOWN', `there is no channel ${id}`)
      const message = { subject: 'Roost test', text: 'Roost test: this channel works.', severity: 'test' } as const
      return deliverOn(config, id, to, { id: `test.${Math.round(clock.monotonicMs())}`, ...message })
    },
    deliveries: () => deliveries.toReversed(),
    extras: () =>
      document.channels.flatMap(({ id, kind, enabled }) =>
        enabled && (kind === 'siren' || kind === 'buzzer' || kind === 'ping') ? [{ what: kind, channel: id }] : [],
      ),
    sound(houses) {
      sounding = houses
      applySound()
    },
    fault() {
      const faults = document.channels.flatMap(({ id, name }) => {
        const fault = faultOf(id)
        return fault ? [`${name}: ${fault}`] : []
      })
      return faults.length > 0 ? faults.join('; ') : null
    },
    async [Symbol.asyncDispose]() {
      timer.cancel()
      replies[Symbol.dispose]()
      await last
      for (const id of [...opened.keys()])
        await close(id).catch((error) => log.error('channel-open', errorFields(error)))
    },
  }
}
