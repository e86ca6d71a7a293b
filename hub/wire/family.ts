// Topics of the other device families, which speak JSON without a certificate (R-FAM-01…03): whose they are, and whether they bring a value. Pure.

export const FAMILIES = ['openegiz', 'esp32c3', 'window'] as const
export type Family = (typeof FAMILIES)[number]

export interface FamilyTopic {
  readonly family: Family
  /** One device of the farm: `openegiz~{facility}~{type}-{id}`, `esp32c3~{id}`, `window~{id}`. */
  readonly key: string
  /** The message says how things are, so that the last one is worth keeping; sound is life and nothing to keep. */
  readonly isValue: boolean
}

/** A level that names something; `~` parts the levels of a key. */
const NAME = /^[\p{L}\p{N}._:@-]{1,64}$/u
/** Type and id of an OpenEgiz device. */
const TYPED_NAME = /^[\p{L}\p{N}._:@]+-[\p{L}\p{N}._:@-]+$/u

/** What a device publishes under its topics; `config` and `command` go to it. Whether each brings a value. */
const OPENEGIZ: ReadonlyMap<string, boolean> = new Map([
  ['telemetry', true],
  ['status', true],
  ['heartbeat', false],
])
const ESP32C3: ReadonlyMap<string, boolean> = new Map([
  ['sensor', true],
  ['status', true],
  ['heartbeat', false],
])
/** Firmware profiles: a device keeps its identity when it gets another one. */
const PROFILES = new Set(['sync', 'async', 'full'])

/** Whose message a topic brings; null when it is none of a known family's, or goes towards a device. */
export function familyOf(topic: string): FamilyTopic | null {
  const [root, ...levels] = topic.split('/', 5)
  switch (root) {
    case 'sensors':
      return openEgiz(levels)
    case 'esp32c3':
      return esp32c3(levels)
    case 'sensor':
      return window(levels)
    default:
      return null
  }
}

/** `sensors/{facility}/{type}-{id}/{telemetry|status|heartbeat}` */
function openEgiz([facility = '', device = '', leaf = '', ...more]: string[]): FamilyTopic | null {
  const isValue = OPENEGIZ.get(leaf)
  if (isValue === undefined || more.length > 0 || !NAME.test(facility)) return null
  if (device.length > 64 || !TYPED_NAME.test(device)) return null
  return { family: 'openegiz', key: `openegiz~${facility}~${device}`, isValue }
}

/** `esp32c3/{sync|async|full}/{id}/{sensor|heartbeat|status}` */
function esp32c3([profile = '', id = '', leaf = '', ...more]: string[]): FamilyTopic | null {
  const isValue = ESP32C3.get(leaf)
  if (isValue === undefined || more.length > 0 || !PROFILES.has(profile) || !NAME.test(id)) return null
  return { family: 'esp32c3', key: `esp32c3~${id}`, isValue }
}

/** `sensor/{id}/{type}`; what goes to a window has topics of its own (`window/{id}/control`). */
function window([id = '', type = '', ...more]: string[]): FamilyTopic | null {
  if (more.length > 0 || !NAME.test(id) || !NAME.test(type)) return null
  return { family: 'window', key: `window~${id}`, isValue: type !== 'audio' }
}
