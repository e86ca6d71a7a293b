// Updates of the nodes, put together: keys, catalogue, rollouts and the two ways in which an image reaches a node.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { basename, join } from 'node:path'
import type { Clock } from './core/clock.ts'
import type { Disk } from './core/disk.ts'
import { RoostError } from './core/errors.ts'
import { errorFields, type Log } from './core/log.ts'
import { readWhole } from './core/replace-file.ts'
import { type Catalogue, openCatalogue } from './ota/catalogue.ts'
import { createChunks } from './ota/chunks.ts'
import { createPacer } from './ota/pacer.ts'
import { createRanges } from './ota/range.ts'
import { publicKeyOf, RELEASE_MAX_BYTES } from './ota/release.ts'
import { openReleaseKeys, type ReleaseKeys } from './ota/release-keys.ts'
import type { Action, Plan, Rollout, Running } from './ota/rollout.ts'
import { openRollouts, type Rollouts } from './ota/rollouts.ts'
import type { Registry } from './registry/registry.ts'
import type { Store } from './store/store.ts'
import { encodeCbor } from './wire/cbor.ts'
import { DIAGNOSTIC_CODES, SEVERITY } from './wire/codes.ts'
import { type Diag, decodeDiag } from './wire/diag.ts'
import { encodeOtaCancel, encodeOtaOffer, OTA_CHUNK_BYTES, type OtaRequest, type OtaStatus } from './wire/ota.ts'
import type { System } from './wire/system.ts'
import { otaTopic } from './wire/topic.ts'

/** A node gives a download up after this; the hub then offers it again. */
const DEADLINE_S = 3_600
/** What a node reported in these days before the rollout is nothing new. */
const KNOWN_MS = 7 * 86_400_000
const KNOWN_EVENTS_MAX = 20_000
/** Codes about updates themselves. */
const isAboutUpdates = (code: number) => code >> 12 === 4
const PEM_MAX_BYTES = 4_096

export interface RolloutTarget {
  /** Nodes by name, one house (`site/house`), or all. */
  uids?: readonly string[]
  house?: string
}

export interface Ota {
  readonly keys: ReleaseKeys
  readonly catalogue: Catalogue
  readonly rollouts: Rollouts
  /** Brings a firmware to these nodes. FIRMWARE_UNKNOWN, IMAGE_REFUSED, DEVICE_UNKNOWN, HOUSE_UNKNOWN, BUSY, DISK. */
  start(firmwareId: string, to: RolloutTarget, plan: Plan, by: string): Promise<Rollout>
  status(uid: string, status: OtaStatus): void
  request(uid: string, request: OtaRequest): void
  system(uid: string, system: System): void
  diagnosed(uid: string, diag: Diag): void
  /** Answers a request for an image; false for anything else. */
  answer(request: IncomingMessage, response: ServerResponse, uid: string | null): boolean
  readonly stats: { readonly chunksSent: number; readonly bytesSent: number; readonly rangeRequests: number }
  [Symbol.asyncDispose](): Promise<void>
}

/** True while birds of this house are in danger, or the hub itself is in trouble (`house` empty). */
export const hasCriticalAlarm = (
  alarms: readonly { house: string; severity: string; overMs: number | null }[],
  house: string,
): boolean =>
  alarms.some(
    (alarm) => alarm.severity === 'critical' && alarm.overMs === null && (alarm.house === house || !alarm.house),
  )

/** REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openOta(parts: {
  /** Of keys and rollouts; of the releases. */
  dirs: { ota: string; firmware: string }
  /** Releases and public keys (`*.pem`) that the appliance image carries; null: none. */
  carriedDir: string | null
  disk: Disk
  clock: Clock
  log: Log
  store: Pick<Store, 'events' | 'appendEvent'>
  registry: Pick<Registry, 'list' | 'get'>
  prefixOf(uid: string): string
  isConnected(uid: string): boolean
  publish(topic: string, payload: Uint8Array, options: { qos: 0 | 1; retain: boolean }): Promise<void>
  /** Where images are served over HTTPS; null: nowhere. */
  httpsPort(): number | null
  hasCriticalAlarm(house: string): boolean
  minuteOfDay(wallMs: number): number
}): Promise<Ota> {
  const { disk, clock, log, store, registry, publish, prefixOf } = parts
  await using opened = new AsyncDisposableStack()
  const runs = new Map<string, Running>()
  const known = new Map<string, Set<number>>()

  const houseOf = (uid: string): string => {
    const place = registry.get(uid)?.place
    return place ? `${place.site}/${place.house}` : ''
  }
  /** In one house and measuring the same: the birds rely on one while the other restarts. What is not known counts as such. */
  function backsUp(a: string, b: string): boolean {
    const house = houseOf(a)
    if (house === '' || house !== houseOf(b)) return false
    const of = (uid: string) => Object.values(registry.get(uid)?.sensors ?? {}).map(({ quantity }) => quantity)
    const other = of(b)
    return (
      other.length === 0 ||
      of(a).length === 0 ||
      of(a).some((quantity) => quantity === null || other.includes(quantity))
    )
  }

  const keys = await openReleaseKeys({ dir: parts.dirs.ota, disk, log, nowMs: clock.wallMs })
  const rollouts = opened.use(
    await openRollouts({
      dir: parts.dirs.ota,
      disk,
      clock,
      log,
      minuteOfDay: parts.minuteOfDay,
      send,
      changed,
      world: {
        isOnline: parts.isConnected,
        hasCriticalAlarm: parts.hasCriticalAlarm,
        runs: (uid) => runs.get(uid) ?? null,
        backsUp,
      },
    }),
  )
  const catalogue = await openCatalogue({
    dir: parts.dirs.firmware,
    disk,
    log,
    keys: keys.list,
    secureVersionMin: rollouts.secureVersionMin,
  })
  const pacer = opened.use(createPacer(clock))
  const chunks = createChunks({
    pacer,
    log,
    image: catalogue.image,
    publish: (uid, payload) =>
      publish(otaTopic(prefixOf(uid), 'chunk'), payload, {
        qos: 0,
        retain: false,
      }),
  })
  const ranges = createRanges({ pacer, image: catalogue.image, isOffered: rollouts.isOffered })
  if (parts.carriedDir) await takeCarried(parts.carriedDir)
  const unfinished = rollouts.current()
  if (unfinished) await learnKnown(unfinished.createdMs)

  function send({ kind, uid, offerId }: Action, rollout: Rollout | null) {
    if (kind === 'cancel' || !rollout) {
      chunks.stop(uid)
      post(uid, 'cancel', encodeOtaCancel({ id: offerId }))
      return
    }
    const entry = catalogue.get(rollout.target.firmwareId)
    if (!entry || entry.refusal) {
      rollouts.giveUp(`the firmware is not there any more${entry?.refusal ? `: ${entry.refusal}` : ''}`)
      return
    }
    const port = rollout.plan.onlyMqtt ? null : parts.httpsPort()
    post(
      uid,
      'offer',
      encodeOtaOffer({
        id: offerId,
        version: entry.version,
        secure_version: entry.secureVersion,
        chip: entry.chip,
        size: entry.sizeBytes,
        sha256: Buffer.from(entry.sha256, 'hex'),
        chunk: OTA_CHUNK_BYTES as 4096,
        chunks: Math.ceil(entry.sizeBytes / OTA_CHUNK_BYTES),
        deadline_s: DEADLINE_S,
        ...(port === null ? {} : { url: `:${port}/firmware/${entry.id}` }),
        ...(rollout.plan.force ? { force: true } : {}),
      }),
    )
  }

  /** Not for a node that is away: an offer that comes an hour late is none of ours any more. */
  function post(uid: string, action: 'offer' | 'cancel', payload: Uint8Array) {
    if (!parts.isConnected(uid)) return
    publish(otaTopic(prefixOf(uid), action), payload, { qos: 1, retain: false }).catch((error) =>
      log.warn('update-not-sent', { uid, action, ...errorFields(error) }),
    )
  }

  /** What becomes of single nodes goes into the history beside what they report themselves; durable with the store's next commit. */
  function changed(rollout: Rollout, former: Rollout | null) {
    for (const [i, node] of rollout.nodes.entries()) {
      const was = former?.nodes[i]
      if (was?.state === node.state || node.state === 'waiting') continue
      log.info('update', { uid: node.uid, state: node.state, version: rollout.target.version, text: node.text })
      const body = { event: 'update', state: node.state, version: rollout.target.version, text: node.text ?? '' }
      store.appendEvent({ tMs: clock.wallMs(), kind: 'hub', uid: node.uid, body: encodeCbor({ v: 1, ...body }) })
    }
  }

  /** What nodes reported before a rollout began. */
  async function learnKnown(untilMs: number) {
    known.clear()
    const range = { fromMs: untilMs - KNOWN_MS, toMs: untilMs, limit: KNOWN_EVENTS_MAX }
    for (const { uid, body } of await store.events({ kind: 'diag', ...range })) {
      const decoded = decodeDiag(Buffer.from(body))
      if (!decoded.ok) continue
      known.set(uid, (known.get(uid) ?? new Set()).add(decoded.value.code))
    }
  }

  async function takeCarried(dir: string) {
    try {
      const names = await disk.list(dir)
      for (const name of names.filter((each) => each.endsWith('.pem'))) {
        const publicKey = publicKeyOf(
          Buffer.from((await readWhole(disk, join(dir, name), PEM_MAX_BYTES)) ?? []).toString(),
        )
        if (publicKey) await keys.trust(publicKey)
      }
      for (const name of names.filter((each) => each.endsWith('.rstfw'))) {
        const file = await readWhole(disk, join(dir, name), RELEASE_MAX_BYTES)
        await catalogue
          .add(file!)
          .catch((error) => log.warn('carried-firmware-refused', { name, ...errorFields(error) }))
      }
    } catch (error) {
      log.warn('carried-firmware-unreadable', { dir: basename(dir), ...errorFields(error) })
    }
  }

  function nodesOf({ uids, house }: RolloutTarget): { uid: string; house: string }[] {
    const devices = registry.list()
    const missing = uids?.find((uid) => !registry.get(uid))
    if (missing) throw new RoostError('DEVICE_UNKNOWN', `no device ${missing}`)
    const chosen = devices.filter(({ uid }) =>
      uids ? uids.includes(uid) : house === undefined || houseOf(uid) === house,
    )
    if (chosen.length === 0)
      throw new RoostError('HOUSE_UNKNOWN', house ? `no device hangs in ${house}` : 'there are no nodes')
    // Who is there goes first: a canary that is away shows nothing.
    return chosen
      .map(({ uid }) => ({ uid, house: houseOf(uid) }))
      .sort((a, b) => Number(parts.isConnected(b.uid)) - Number(parts.isConnected(a.uid)))
  }

  rollouts.begin()
  const stack = opened.move()
  return {
    keys,
    catalogue,
    rollouts,
    answer: ranges.answer,
    async start(firmwareId, to, plan, by) {
      const entry = catalogue.get(firmwareId)
      if (!entry) throw new RoostError('FIRMWARE_UNKNOWN', `no firmware has the id ${firmwareId}`)
      if (entry.refusal) throw new RoostError('IMAGE_REFUSED', entry.refusal)
      const nodes = nodesOf(to)
      await catalogue.image(firmwareId)
      await learnKnown(clock.wallMs())
      const { version, chip, elfSha256, secureVersion } = entry
      const scope = to.uids ? (to.uids.length === 1 ? to.uids[0]! : `${to.uids.length} nodes`) : (to.house ?? 'farm')
      return rollouts.create(
        {
          target: {
            firmwareId,
            version,
            chip,
            elfSha256,
            secureVersion,
          },
          scope,
          plan,
          nodes,
        },
        by,
      )
    },
    status: (uid, status) => rollouts.status(uid, status),
    request(uid, { id, from, count }) {
      const firmwareId = rollouts.current()?.target.firmwareId
      if (rollouts.request(uid, id, from) && firmwareId)
        chunks.serve(
          uid,
          {
            id,
            from,
            count,
          },
          firmwareId,
        )
    },
    system(uid, system) {
      if (system.event !== 'will' && system.event !== 'shutdown' && system.fw_version !== undefined) {
        const elfSha256 = system.fw_sha256 ? Buffer.from(system.fw_sha256).toString('hex') : null
        runs.set(uid, {
          version: system.fw_version,
          elfSha256,
        })
      }
      rollouts.system(uid, system)
    },
    diagnosed(uid, { code, sev }) {
      if (sev < SEVERITY.error || isAboutUpdates(code) || known.get(uid)?.has(code)) return
      const entry = DIAGNOSTIC_CODES.find((each) => each.code === code)
      rollouts.diagnostic(uid, entry ? `${entry.name}: ${entry.meaning}` : `0x${code.toString(16)}`)
    },
    stats: {
      get chunksSent() {
        return chunks.sent
      },
      get bytesSent() {
        return pacer.sentBytes
      },
      get rangeRequests() {
        return ranges.requests
      },
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
