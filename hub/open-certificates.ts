// Keeps certificates from ending while the hub runs for years: its own, the list of refused ones, and the CA. What changes is used at once,
// for connections from then on; nothing starts again.
import type { Clock, Timer } from './core/clock.ts'
import { errorFields, type Log } from './core/log.ts'
import { type Pki, stepOf } from './pki/pki.ts'

/** Often enough that an address which the router gave the box a moment ago is in its certificate soon. */
const LOOK_PERIOD_MS = 10 * 60_000
const SOON_MS = 2_000

export interface UsedCredentials {
  keyPem: string
  certPem: string
  /** The CAs that sign devices. */
  caPem: string
}

export interface CertificateCare {
  /** Looks now, as it does every ten minutes. Never rejects. */
  look(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Looks every ten minutes until disposed; `current` is what the listeners use already. */
export function openCertificateCare(parts: {
  pki: Pki
  clock: Clock
  log: Log
  current: UsedCredentials
  /** Names and addresses of this machine now. */
  names(): string[]
  isClockTrusted(): boolean
  /** Hands new credentials to all who listen. */
  use(credentials: UsedCredentials): void
  /** The CAs changed: a backup of before would not let in who moved since. */
  trustChanged(): void
}): CertificateCare {
  const { pki, clock, log, names, isClockTrusted, use, trustChanged } = parts
  let { certPem, caPem } = parts.current

  async function renew() {
    const credentials = { ...(await pki.serverCredentials(names())), caPem: pki.caPem }
    if (credentials.certPem === certPem && credentials.caPem === caPem) return
    use(credentials)
    certPem = credentials.certPem
    caPem = credentials.caPem
    log.info('server-certificate-used')
  }

  async function step() {
    const nowMs = clock.wallMs()
    const ca = pki.ca()
    const wanted = stepOf(ca, nowMs, isClockTrusted())
    if (wanted === 'begin') {
      log.warn('ca-ends-soon', { notAfterMs: ca.notAfterMs })
      await pki.roll(ca.notAfterMs)
    } else if (wanted === 'end') await pki.endRoll()
    await pki.tend()
  }

  let waiting = 0
  let looking: Promise<void> = Promise.resolve()
  /** One look after the other; what fails is tried again with the next. */
  function look(what: readonly (() => Promise<void>)[]): Promise<void> {
    waiting++
    looking = looking.then(async () => {
      waiting--
      for (const each of what) await each().catch((error) => log.error('certificate-care-failed', errorFields(error)))
    })
    return looking
  }
  pki.onTrustChanged(() => {
    trustChanged()
    void look([renew])
  })
  let soon: Timer | null = null
  pki.onRefused(() => {
    // One more node moved, perhaps the last one.
    if (pki.ca().roll === null) return
    soon ??= clock.after(SOON_MS, () => {
      soon = null
      void look([step])
    })
  })
  const timer = clock.every(LOOK_PERIOD_MS, () => {
    if (waiting === 0) void look([step, renew])
  })
  return {
    look: () => look([step, renew]),
    async [Symbol.asyncDispose]() {
      timer.cancel()
      soon?.cancel()
      await looking
    },
  }
}
