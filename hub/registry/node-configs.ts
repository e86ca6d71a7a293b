// The wanted configuration of every node: durable before it is sent, sent retained so that a node that was away finds it, and
// held against what the node answers. The file leads; the broker's retained messages are brought in line with it at every start.
import type { Clock, Timer } from '../core/clock.ts'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import { type Place, placeText, topicPrefix } from '../core/ids.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Reply } from '../wire/reply.ts'
import { configTopic } from '../wire/topic.ts'
import { createJsonFile } from './json-file.ts'
import {
  type ConfigStatus,
  type ConfigsDocument,
  configBytes,
  configStatus,
  type NodeConfig,
  type NodeSettings,
  PRESET_SETTINGS,
  parseConfigsDocument,
  REVISION_END,
  readConfigBytes,
  settingsFlaw,
} from './node-config.ts'

export const CONFIGS_FORMAT = 1
/** Answers are gathered this long: after an update of many nodes they come at once. */
const SOON_MS = 5_000
/** After a failed write or publish the next try waits this long. */
const RETRY_MS = 30_000

/** A node that was moved is given this long to hear of it where it still listens. */
export const MOVE_WAIT_MS = 5_000

/** The broker's retained messages, as far as configurations go. */
export interface RetainedConfigs {
  list(): Iterable<{ topic: string; payload: Uint8Array }>
  /** Retains `payload` on `topic`, or takes away what is there when it is empty; durable when it resolves. */
  publish(topic: string, payload: Uint8Array): Promise<void>
  /** Sends to who listens to `topic` now. */
  tell(topic: string, payload: Uint8Array): Promise<void>
}

export interface NodeConfigs {
  get(uid: string): NodeConfig | undefined
  status(uid: string): ConfigStatus
  /**
   * Makes `settings` the node's next revision, durable when it resolves, and sends it. `ifRev`: only when this revision is still
   * the current one (0: none yet). REVISION_STALE, BAD_REQUEST, DISK.
   */
  set(uid: string, settings: NodeSettings, ifRev: number | null): Promise<NodeConfig>
  /**
   * The place of a node that was there before changed from `former`: a new revision tells it. A node that is connected is told where it
   * listens now, and this resolves when it has answered or MOVE_WAIT_MS have passed; then its connection can be ended.
   */
  placed(uid: string, former: Place | null): Promise<void>
  /** A reply came; false when it is none to a configuration. */
  replied(uid: string, reply: Reply): boolean
  /** The node beats. */
  heard(uid: string): void
  /** The node's link is new or gone: from now on it can hear, or not. */
  linkChanged(uid: string): void
  /** Nodes by how they stand to their configuration. */
  counts(): Map<string, number>
  [Symbol.asyncDispose](): Promise<void>
}

/** Opens or creates `configs.*.json` in `dir` and brings the retained messages in line. REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openNodeConfigs(parts: {
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  retained: RetainedConfigs
  uids(): Iterable<string>
  placeOf(uid: string): Place | null
  isConnected(uid: string): boolean
  /** How a node stands to its configuration changed. */
  changed(uid: string): void
}): Promise<NodeConfigs> {
  const { clock, log, retained } = parts
  const file = createJsonFile<ConfigsDocument>({
    dir: parts.dir,
    name: 'configs',
    format: CONFIGS_FORMAT,
    disk: parts.disk,
    log,
    parse: parseConfigsDocument,
    count: ({ configs }) => Object.keys(configs).length,
  })
  const document = (await file.read()) ?? { configs: {} }
  const configs = new Map(Object.entries(document.configs))
  /** Revisions that a failed write may have put on the card: never given to something else. */
  const burntRev = new Map<string, number>()
  /** Since when, by the monotonic clock, the node has been beating without a break. */
  const hearing = new Map<string, { fromMs: number; toMs: number }>()
  /** Who waits for the answer of a node, by node. */
  const waiting = new Map<string, () => void>()
  let later: Timer | null = null
  let isClosed = false

  const save = () => file.write({ configs: Object.fromEntries(configs) })
  function saveLater(delayMs: number) {
    if (later || isClosed) return
    later = clock.after(delayMs, () => {
      later = null
      save().catch((error) => {
        log.error('configs-not-written', errorFields(error))
        saveLater(RETRY_MS)
      })
    })
  }

  /** Nodes that were given their first place while they were away: their configuration lies where they will listen, too, until they answer. */
  const expected = new Set<string>()
  const ownTopicOf = (uid: string) => configTopic(topicPrefix(uid, null))
  const isUnanswered = ({ rev, answer }: NodeConfig) => (answer?.rev ?? 0) < rev

  const topicOf = (uid: string) => configTopic(topicPrefix(uid, parts.placeOf(uid)))

  /** Sends what is on the card; what the broker cannot keep now is tried again, and at the next start in any case. */
  async function send(uid: string, config: NodeConfig): Promise<void> {
    const bytes = configBytes(config)
    if (!bytes) return
    try {
      await retained.publish(topicOf(uid), bytes)
      if (expected.has(uid)) await retained.publish(ownTopicOf(uid), bytes)
      log.info('config-sent', { uid, rev: config.rev })
    } catch (error) {
      log.error('config-not-sent', { uid, rev: config.rev, ...errorFields(error) })
      const isWanted = () => !isClosed && configs.get(uid)?.rev === config.rev
      if (isWanted()) clock.after(RETRY_MS, () => void (isWanted() && send(uid, config)))
    }
  }

  async function takeBack(topic: string): Promise<void> {
    try {
      await retained.publish(topic, new Uint8Array(0))
    } catch (error) {
      log.error('config-not-taken-back', { topic, ...errorFields(error) })
    }
  }

  /** Writes the next revision; memory goes back when the card refuses it. */
  async function write(uid: string, settings: NodeSettings): Promise<NodeConfig> {
    const before = configs.get(uid)
    const rev = 1 + Math.max(before?.rev ?? 0, before?.answer?.rev ?? 0, burntRev.get(uid) ?? 0)
    if (rev >= REVISION_END) throw new RoostError('BAD_REQUEST', `${uid} has had all its revisions`)
    const config: NodeConfig = {
      rev,
      settings,
      place: parts.placeOf(uid),
      changedMs: clock.wallMs(),
      answer: before?.answer ?? null,
      appliedRev: before?.appliedRev ?? null,
    }
    configs.set(uid, config)
    hearing.delete(uid)
    try {
      await save()
    } catch (error) {
      burntRev.set(uid, rev)
      if (configs.get(uid)?.rev === rev) {
        if (before) configs.set(uid, before)
        else configs.delete(uid)
      }
      throw error
    }
    log.info('config-changed', { uid, rev })
    parts.changed(uid)
    await send(uid, config)
    return config
  }

  /** After the start: what was cut off between the card and the broker is finished. */
  async function bringInLine() {
    const uidOf = new Map([...parts.uids()].map((uid) => [topicOf(uid), uid]))
    const found = new Map([...retained.list()].map(({ topic, payload }) => [topic, payload]))
    const expectedAt = new Map(
      [...configs].filter(([, config]) => isUnanswered(config)).map(([uid]) => [ownTopicOf(uid), uid]),
    )
    for (const [topic, payload] of found) {
      const uid = uidOf.get(topic)
      const absent = expectedAt.get(topic)
      if (uid === undefined && absent !== undefined) {
        expected.add(absent)
        continue
      }
      if (uid === undefined) {
        log.info('config-taken-back', { topic }) // its node hangs elsewhere now
        await takeBack(topic)
        continue
      }
      // Only what was on the card is ever sent: a newer one here means that the newest generation of the file was damaged.
      const sent = readConfigBytes(payload, clock.wallMs())
      if (!sent || sent.rev <= (configs.get(uid)?.rev ?? 0)) continue
      log.warn('config-recovered', { uid, rev: sent.rev })
      configs.set(uid, sent)
      await save()
    }
    for (const [uid, config] of configs) {
      if (!isSamePlace(parts.placeOf(uid), config.place)) {
        await write(uid, config.settings)
        continue
      }
      const bytes = configBytes(config)
      if (bytes && !Buffer.from(bytes).equals(found.get(topicOf(uid)) ?? Buffer.alloc(0))) await send(uid, config)
    }
  }
  await bringInLine()

  const answered = (uid: string, rev: number) =>
    new Promise<void>((resolve) => {
      if ((configs.get(uid)?.answer?.rev ?? 0) >= rev) return resolve()
      const timer = clock.after(MOVE_WAIT_MS, resolve)
      waiting.set(uid, () => {
        timer.cancel()
        resolve()
      })
    }).finally(() => waiting.delete(uid))

  const status = (uid: string) => {
    const heard = hearing.get(uid)
    return configStatus(configs.get(uid), heard ? heard.toMs - heard.fromMs : 0)
  }

  return {
    get: (uid) => configs.get(uid),
    status,
    async set(uid, settings, ifRev) {
      const rev = configs.get(uid)?.rev ?? 0
      if (ifRev !== null && ifRev !== rev) {
        throw new RoostError('REVISION_STALE', `${uid} has revision ${rev}, not ${ifRev}: somebody else changed it`)
      }
      const flaw = settingsFlaw(settings)
      if (flaw) throw new RoostError('BAD_REQUEST', `body ${flaw}`)
      return write(uid, settings)
    },
    async placed(uid, former) {
      if (isSamePlace(parts.placeOf(uid), former)) return
      const formerTopic = configTopic(topicPrefix(uid, former))
      if (former === null) expected.add(uid)
      const config = await write(uid, configs.get(uid)?.settings ?? PRESET_SETTINGS)
      if (former !== null) await takeBack(formerTopic)
      const bytes = configBytes(config)
      if (!bytes || !parts.isConnected(uid)) return
      try {
        // Below its own name it heard the retained one.
        if (former !== null) await retained.tell(formerTopic, bytes)
      } catch (error) {
        log.warn('config-not-told', { uid, topic: formerTopic, ...errorFields(error) })
        return
      }
      await answered(uid, config.rev)
    },
    replied(uid, reply) {
      const config = configs.get(uid)
      if (reply.rid >= REVISION_END || !config) return false
      const { rid: rev, ok, code = null, text = null } = reply
      const before = config.answer
      // A node says the same again at each connection: that is no news and no write.
      if (before?.rev === rev && before.ok === ok && before.code === code && before.text === text) return true
      const answer = { rev, ok, code, text, tMs: clock.wallMs() }
      configs.set(uid, { ...config, answer, appliedRev: ok ? rev : config.appliedRev })
      saveLater(SOON_MS)
      if (rev >= config.rev) {
        waiting.get(uid)?.()
        if (expected.delete(uid)) void takeBack(ownTopicOf(uid))
      }
      log[ok ? 'info' : 'warn']('config-answered', { uid, rev, ok, code, text })
      parts.changed(uid)
      return true
    },
    heard(uid) {
      const config = configs.get(uid)
      if (!config || config.answer?.rev === config.rev) return
      const nowMs = clock.monotonicMs()
      hearing.set(uid, { fromMs: hearing.get(uid)?.fromMs ?? nowMs, toMs: nowMs })
    },
    linkChanged: (uid) => void hearing.delete(uid),
    counts() {
      const counts = new Map<string, number>()
      for (const uid of configs.keys()) {
        const { state } = status(uid)
        counts.set(state, (counts.get(state) ?? 0) + 1)
      }
      return counts
    },
    async [Symbol.asyncDispose]() {
      if (isClosed) return
      isClosed = true
      const isDirty = later !== null
      later?.cancel()
      if (isDirty) await save().catch((error) => log.error('configs-not-written', errorFields(error)))
    },
  }
}

const isSamePlace = (a: Place | null, b: Place | null) => (a && placeText(a)) === (b && placeText(b))
