// How each channel reaches people: what staff enter, which of it is secret, and what of it may be shown.
import * as v from 'valibot'

export const CHANNELS_MAX = 32
const text = (max: number) => v.pipe(v.string(), v.maxLength(max))
const name = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64))
const host = v.pipe(v.string(), v.regex(/^[A-Za-z0-9.:-]{1,253}$/, 'is no host name'))
const httpUrl = v.pipe(
  v.string(),
  v.maxLength(2_000),
  v.check((url) => /^https?:$/.test(URL.parse(url)?.protocol ?? ''), 'is no http(s) address'),
)
const base = {
  id: v.pipe(v.string(), v.regex(/^[a-z0-9][a-z0-9-]{0,31}$/)),
  name,
  enabled: v.optional(v.boolean(), true),
}

export const channelSchema = v.variant('kind', [
  v.strictObject({
    ...base,
    kind: v.literal('email'),
    host,
    port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65535)),
    tls: v.picklist(['tls', 'starttls', 'none']),
    user: v.optional(text(256), ''),
    password: v.optional(text(256), ''),
    from: v.pipe(text(256), v.minLength(3)),
  }),
  v.strictObject({
    ...base,
    kind: v.literal('sms'),
    path: v.pipe(text(256), v.regex(/^\/dev\/[A-Za-z0-9/_.:-]+$/)),
    baud: v.optional(v.picklist([9600, 19200, 38400, 57600, 115200]), 115200),
    pin: v.optional(v.pipe(v.string(), v.regex(/^(\d{4,8})?$/)), ''),
  }),
  v.strictObject({
    ...base,
    kind: v.literal('telegram'),
    url: v.optional(httpUrl, 'https://api.telegram.org'),
    token: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9:_-]{0,128}$/)), ''),
  }),
  v.strictObject({
    ...base,
    kind: v.literal('ntfy'),
    url: v.optional(httpUrl, 'https://ntfy.sh'),
    token: v.optional(text(256), ''),
  }),
  v.strictObject({
    ...base,
    kind: v.literal('webhook'),
    url: v.optional(v.union([v.literal(''), httpUrl]), ''),
    authorization: v.optional(v.pipe(text(512), v.regex(/^[\x20-\x7e]*$/)), ''),
  }),
  /** A relay at a GPIO line, energised while all is well: it falls, and the siren sounds, for an alarm, a dead hub and dead mains. */
  v.strictObject({
    ...base,
    kind: v.literal('siren'),
    chip: v.optional(v.pipe(v.string(), v.regex(/^[a-z0-9/_-]{1,64}$/)), 'gpiochip0'),
    line: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255)),
  }),
  /** Buzzers at nodes of the house that has the alarm. */
  v.strictObject({
    ...base,
    kind: v.literal('buzzer'),
    actuator: v.optional(v.pipe(v.string(), v.regex(/^[A-Za-z0-9_.:-]{1,64}$/)), 'buzzer'),
  }),
  /** Tells a service on the internet that the hub lives; the service calls when it no longer hears of it. */
  v.strictObject({
    ...base,
    kind: v.literal('ping'),
    url: v.optional(v.union([v.literal(''), httpUrl]), ''),
    everyMs: v.optional(v.pipe(v.number(), v.integer(), v.minValue(3e4), v.maxValue(36e5)), 3e5),
  }),
])
export type ChannelConfig = v.InferOutput<typeof channelSchema>
export type ChannelKind = ChannelConfig['kind']

/** Not shown, not logged; an entry that leaves one out, or empty, keeps it. Addresses with a token in them are secrets too. */
const SECRETS: Readonly<Record<ChannelKind, readonly string[]>> = {
  email: ['password'],
  sms: ['pin'],
  telegram: ['token'],
  ntfy: ['token'],
  webhook: ['url', 'authorization'],
  siren: [],
  buzzer: [],
  ping: ['url'],
}

/** A message over this kind of channel would have somewhere to go: a webhook knows its own receiver, a siren reaches nobody. */
export const isAddressed = (kind: ChannelKind, to: string): boolean =>
  kind === 'webhook' || (['sms', 'email', 'telegram', 'ntfy'].includes(kind) && to.trim() !== '')

const secretsOf = (config: ChannelConfig): [string, string][] =>
  SECRETS[config.kind].map((field) => [field, String((config as unknown as Record<string, unknown>)[field] ?? '')])

/** What may be shown: for each secret whether there is one, of a secret address its host. */
export function shownChannel(config: ChannelConfig): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...config }
  for (const [field, value] of secretsOf(config)) {
    delete shown[field]
    shown[`has${field[0]!.toUpperCase()}${field.slice(1)}`] = value !== ''
    if (field === 'url' && value !== '') shown.urlHost = URL.parse(value)?.host ?? ''
  }
  return shown
}

/** `next` with the secrets that it leaves empty taken from what was there. */
export function keepSecrets(next: ChannelConfig, before: ChannelConfig | undefined): ChannelConfig {
  if (before?.kind !== next.kind) return next
  const kept: Record<string, unknown> = { ...next }
  for (const [field, value] of secretsOf(before)) if (!kept[field]) kept[field] = value
  return kept as unknown as ChannelConfig
}

/** A text of somebody else without our secrets, of bounded length, for log and page. */
export function scrub(reason: string, config: ChannelConfig): string {
  let clean = reason.replace(/\s+/g, ' ')
  for (const [, value] of secretsOf(config)) {
    if (value.length >= 3) clean = clean.replaceAll(value, '…').replaceAll(encodeURIComponent(value), '…')
  }
  return clean.slice(0, 200)
}
