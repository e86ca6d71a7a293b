// A node as updates see it, simulated: the states, records and boot loader of firmware/core/src/ota.c on a simulated clock, with power that can
// fail and images that misbehave. What it says of itself is what the firmware says.
import { createHash } from 'node:crypto'
import type { Running } from '../../hub/ota/rollout.ts'
import { OTA_CHUNK_BYTES, OTA_REQUEST_MAX, type OtaOffer, type OtaRequest, type OtaStatus } from '../../hub/wire/ota.ts'
import type { System } from '../../hub/wire/system.ts'

export type Behaviour = 'healthy' | 'crash' | 'deaf' | 'unsigned' | 'unwell'
export interface SimImage extends Running {
  behaviour: Behaviour
}

export interface HubEars {
  status(uid: string, status: OtaStatus): void
  system(uid: string, system: System): void
  request(uid: string, request: OtaRequest): void
  diagnostic(uid: string, code: number): void
  /** The hub is there. */
  isThere(): boolean
}

type State = 'idle' | 'download' | 'verify' | 'boot' | 'trial'
/** What outlasts a power cut. */
interface Kept {
  state: State
  offer: OtaOffer | null
  got: number
  slot: Uint8Array
  running: SimImage
  other: SimImage | null
  loader: 'normal' | 'new' | 'pending' | 'reverted'
}

const BOOT_MS = 2_000
const RECONNECT_MS = 3_000
const HEALTHY_MS = 6_000
const CONFIRM_MS = 60_000
const ASK_AGAIN_MS = 5_000
const CRASH_MS = 1_000

export interface UpdateNode {
  readonly uid: string
  readonly isOnline: boolean
  readonly running: SimImage
  readonly state: State
  readonly got: number
  offer(offer: OtaOffer): void
  chunk(id: number, n: number, d: Uint8Array): void
  cancel(id: number): void
  /** `ms` pass; it does what is due. */
  step(ms: number): void
  /** The power fails and comes back. */
  cutPower(): void
  /** The hub is gone, or back: it finds it by itself. */
  dropLink(forMs: number): void
  flashFails: boolean
  /** It is no node for this image. */
  hasOtherChip: boolean
}

/** `imageOf`: what bytes are when they run. */
export function createUpdateNode(
  uid: string,
  first: SimImage,
  ears: HubEars,
  imageOf: (slot: Uint8Array) => SimImage,
): UpdateNode {
  const kept: Kept = {
    state: 'idle',
    offer: null,
    got: 0,
    slot: new Uint8Array(0),
    running: first,
    other: null,
    loader: 'normal',
  }
  let upMs = 0
  let offMs = 0
  let linkedMs: number | null = null
  let awayMs = RECONNECT_MS
  let askedUntil = 0
  let askedMs = 0
  let got = 0
  let restartMs: number | null = null
  let hasToldBoot = false
  let boot = 1
  let isWaiting = false

  const isOnline = () => offMs <= 0 && linkedMs !== null
  const node: UpdateNode = {
    uid,
    flashFails: false,
    hasOtherChip: false,
    get isOnline() {
      return isOnline()
    },
    get running() {
      return kept.running
    },
    get state() {
      return kept.state
    },
    get got() {
      return got
    },
    offer(offer) {
      if (!isOnline()) return
      const isSame = kept.state !== 'idle' && Buffer.from(kept.offer!.sha256).equals(Buffer.from(offer.sha256))
      if (isSame && kept.state === 'trial') {
        kept.offer = offer
        return tell('boot')
      }
      const refusal = node.hasOtherChip
        ? 'for another chip'
        : kept.state === 'trial'
          ? 'an update is being tried'
          : offer.version === kept.running.version && !offer.force
            ? 'it runs already'
            : null
      if (refusal) return ears.status(uid, { id: offer.id, phase: 'reject', code: 0x4001, text: refusal })
      kept.offer = offer
      if (!isSame) {
        Object.assign(kept, { state: 'download', got: 0, slot: new Uint8Array(offer.size) })
        got = 0
      }
      askedUntil = got
      tell('accept')
    },
    chunk(id, n, d) {
      if (!isOnline() || kept.state !== 'download' || kept.offer?.id !== id || n !== got) return
      if (node.flashFails) return finish('fail', 0x4007, 'the slot cannot be written')
      kept.slot.set(d, n * OTA_CHUNK_BYTES)
      got++
      askedMs = upMs
      const isLast = got === kept.offer.chunks
      if (!isLast && got % OTA_REQUEST_MAX !== 0) return
      kept.got = got
      if (isLast) kept.state = 'verify'
      tell(isLast ? 'verify' : 'download')
    },
    cancel(id) {
      if (!isOnline() || kept.offer?.id !== id || (kept.state !== 'download' && kept.state !== 'verify')) return
      finish('fail', 0, 'cancelled')
    },
    cutPower: () => start(),
    dropLink(forMs) {
      linkedMs = null
      awayMs = forMs
    },
    step(ms) {
      if (offMs > 0) {
        offMs -= ms
        return
      }
      upMs += ms
      if (kept.running.behaviour === 'crash' && upMs >= CRASH_MS) return start()
      link(ms)
      if (restartMs !== null && upMs >= restartMs) return start()
      if (kept.state === 'download') ask()
      else if (kept.state === 'verify') verify()
      else if (kept.state === 'boot') lookBack()
      else if (kept.state === 'trial') tryOut()
    },
  }
  return node

  function tell(phase: OtaStatus['phase'], code = 0, text = '') {
    if (!isOnline()) return
    const { id, chunks } = kept.offer!
    ears.status(uid, { id, phase, got, total: chunks, ...(code ? { code } : {}), ...(text ? { text } : {}) })
  }
  function finish(phase: 'confirm' | 'rollback' | 'fail', code = 0, text = '') {
    tell(phase, code, text)
    kept.state = 'idle'
    got = 0
  }
  function start() {
    if (kept.loader === 'pending') {
      ;[kept.running, kept.other] = [kept.other!, kept.running]
      kept.loader = 'reverted'
    }
    if (kept.loader === 'new') {
      ;[kept.running, kept.other] = [kept.other!, kept.running]
      kept.loader = 'pending'
    }
    offMs = BOOT_MS
    upMs = 0
    linkedMs = null
    awayMs = RECONNECT_MS
    restartMs = null
    hasToldBoot = false
    isWaiting = false
    boot++
    got = kept.got
    askedUntil = got
    if (kept.state === 'boot' && kept.loader === 'pending') kept.state = 'trial'
  }
  function link(ms: number) {
    if (linkedMs !== null || kept.running.behaviour === 'deaf') return
    awayMs -= ms
    if (awayMs > 0 || !ears.isThere()) return
    linkedMs = upMs
    const event = kept.state === 'trial' ? 'ota' : hasToldBoot ? 'link' : 'boot'
    hasToldBoot = true
    const { version, elfSha256 } = kept.running
    const elf = elfSha256 ? { fw_sha256: Buffer.from(elfSha256, 'hex') } : {}
    ears.system(uid, { boot, t: 0, clk: 0, event, fw_version: version, ...elf })
    if (kept.running.behaviour === 'unwell') ears.diagnostic(uid, 0x1002)
  }
  function ask() {
    if (!isOnline() || (got < askedUntil && upMs - askedMs < ASK_AGAIN_MS)) return
    const { id, chunks } = kept.offer!
    const count = Math.min(OTA_REQUEST_MAX - (got % OTA_REQUEST_MAX), chunks - got)
    askedUntil = got + count
    askedMs = upMs
    ears.request(uid, { id, from: got, count })
  }
  function verify() {
    // One second of hashing, so that a test can meet it in this state.
    if (!isWaiting) {
      isWaiting = true
      return
    }
    isWaiting = false
    const digest = createHash('sha256').update(kept.slot).digest()
    if (!digest.equals(Buffer.from(kept.offer!.sha256))) return finish('fail', 0x4003, 'SHA-256 differs')
    const image = imageOf(kept.slot)
    if (image.behaviour === 'unsigned') return finish('fail', 0x4004, 'no valid signature')
    Object.assign(kept, { state: 'boot', other: image, loader: 'new' })
    tell('boot')
    restartMs = upMs + 1_000
  }
  function lookBack() {
    if (restartMs !== null) return
    if (kept.loader === 'reverted') {
      if (isOnline()) finish('rollback', 0x4005, 'it was not confirmed in time')
      return
    }
    kept.state = 'verify'
  }
  function tryOut() {
    if (kept.loader === 'reverted') {
      if (isOnline()) finish('rollback', 0x4005, 'it was not confirmed in time')
      return
    }
    if (isOnline() && upMs - linkedMs! >= HEALTHY_MS) {
      kept.loader = 'normal'
      return finish('confirm')
    }
    if (upMs >= CONFIRM_MS) start()
  }
}
