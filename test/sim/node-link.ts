// The link of a simulated node: MQTT over mutual TLS with its own certificate, back-off with jitter, in-order delivery of what waits.
import mqtt, { type MqttClient } from 'mqtt'
import type { Clock, Timer } from '../../hub/core/clock.ts'
import { type Place, topicPrefix } from '../../hub/core/ids.ts'
import { backoffMs } from './backlog.ts'
import { createNodeIdentity, type NodeCredentials } from './node-identity.ts'
import type { Now, VirtualNode } from './virtual-node.ts'

export type { NodeCredentials } from './node-identity.ts'

/** Messages that a node sends before the first of them is acknowledged. */
const IN_FLIGHT_MAX = 8
const KEEPALIVE_S = 60
/** After the link is up the node asks for the time; the answer takes this long. */
const TIME_SERVICE_MS = 1_500

export interface LinkOptions {
  node: VirtualNode
  place: Place | null
  credentials: NodeCredentials
  /** Where it renews its certificate; without it it cannot. */
  enrol?: { host: string; port: number }
  broker: { host: string; port: number }
  clock: Clock
  random: () => number
  speed: number
  tickMs: number
  /** The farm's time service, as SNTP would give it. */
  hasTimeService: boolean
  onAcknowledged?: (uid: string, suffix: string) => void
}

export interface NodeLink {
  readonly isLinked: boolean
  /** `cut`: the cable is pulled, nothing comes through in either direction; `hang`: the node stops, its socket stays. */
  silence(how: 'cut' | 'hang'): void
  resume(): void
  /** The node restarts: a broken connection and a new one. */
  reboot(reason: string): void
  stop(): Promise<void>
}

export function openNodeLink(options: LinkOptions): NodeLink {
  const { node, clock, random, speed } = options
  const prefix = topicPrefix(node.uid, options.place)
  const identity = createNodeIdentity(node.uid, { current: options.credentials, next: null }, options.enrol ?? null)
  let client: MqttClient | null = null
  let isLinked = false
  let silenced: 'cut' | 'hang' | null = null
  let isStopped = false
  let attempt = 0
  let retry: Timer | null = null
  let timeAnswer: Timer | null = null
  const now = (): Now => ({ monoMs: clock.monotonicMs(), wallMs: clock.wallMs() })

  function connect() {
    retry = null
    if (isStopped || silenced === 'cut' || client) return
    const credentials = identity.credentials()
    const { keyPem, certPem, caPem } = credentials
    let wasLetIn = false
    const opened = mqtt.connect({
      protocol: 'mqtts',
      host: options.broker.host,
      port: options.broker.port,
      servername: 'localhost',
      key: keyPem,
      cert: certPem,
      ca: caPem,
      clientId: node.uid,
      clean: false,
      keepalive: KEEPALIVE_S,
      reconnectPeriod: 0,
      connectTimeout: 10_000,
      resubscribe: false,
      will: { topic: `${prefix}/status/system`, payload: Buffer.from(node.will()), qos: 1, retain: false },
    })
    client = opened
    opened.on('connect', () => {
      wasLetIn = true
      identity.accepted(credentials)
      opened.subscribe([`${prefix}/cmd/#`, `${prefix}/ota/#`], { qos: 1 })
      isLinked = true
      attempt = 0
      node.linked(now())
      if (options.hasTimeService) {
        timeAnswer = clock.after(TIME_SERVICE_MS / speed, () => node.setClock(clock.wallMs(), now()))
      }
      pump()
    })
    opened.on('message', (topic, payload) => {
      if (silenced === null && topic.startsWith(`${prefix}/cmd/`)) {
        const type = topic.slice(prefix.length + 5)
        node.receive(type, payload, now())
        pump()
        if (type === 'rotate-key') void renew()
      }
    })
    opened.on('error', () => {}) // `close` follows
    opened.on('close', () => {
      if (!wasLetIn) identity.refused(credentials)
      if (client !== opened) return
      opened.removeAllListeners('message')
      lost()
    })
  }

  /** A new certificate, and a new connection with it. */
  async function renew() {
    if (await identity.renew()) breakLink()
  }

  function lost() {
    client?.end(true)
    client = null
    isLinked = false
    timeAnswer?.cancel()
    node.backlog.lostLink()
    if (isStopped || silenced === 'cut') return
    retry?.cancel()
    retry = clock.after(backoffMs(attempt++, random) / speed, connect)
  }

  /** Sends what is urgent, then what waits, oldest first, as far as the window allows. */
  function pump() {
    const opened = client
    if (!opened || !isLinked || silenced !== null) return
    for (let next = node.urgent.shift(); next; next = node.urgent.shift()) {
      const { suffix, bytes } = next
      opened.publish(`${prefix}/${suffix}`, Buffer.from(bytes), { qos: 1 }, (error) => {
        if (!error) options.onAcknowledged?.(node.uid, suffix)
      })
    }
    for (let next = node.backlog.take(IN_FLIGHT_MAX); next; next = node.backlog.take(IN_FLIGHT_MAX)) {
      const { id, message } = next
      const bytes = Buffer.from(node.encode(message, now()))
      opened.publish(`${prefix}/${message.suffix}`, bytes, { qos: 1 }, (error) => {
        if (error || client !== opened) return
        node.backlog.acknowledged(id)
        options.onAcknowledged?.(node.uid, message.suffix)
        pump()
      })
    }
  }

  const ticker = clock.every(options.tickMs, () => {
    if (silenced === 'hang') return
    node.tick(now(), isLinked)
    pump()
  })
  // Not all at once: nodes that get power together come one after the other.
  retry = clock.after((random() * 2_000) / speed, connect)

  function breakLink() {
    client?.stream.destroy()
  }

  return {
    get isLinked() {
      return isLinked
    },
    silence(how) {
      silenced = how
      if (how !== 'cut') return
      retry?.cancel()
      breakLink()
    },
    resume() {
      const was = silenced
      silenced = null
      attempt = 0
      if (was === 'cut' && !client) connect()
      else pump()
    },
    reboot(reason) {
      node.reboot(reason, now())
      breakLink()
    },
    async stop() {
      isStopped = true
      ticker.cancel()
      retry?.cancel()
      timeAnswer?.cancel()
      const opened = client
      client = null
      isLinked = false
      await opened?.endAsync(!opened.connected).catch(() => {})
    },
  }
}
