// The web UI over HTTPS: its CA, a certificate for the names and addresses that the box has now, and the listener that uses it.
import type { Hono } from 'hono'
import type { HttpsSources } from './api/https.ts'
import { type Api, serveApi, type TlsCredentials, type Upgrades } from './api/serve.ts'
import type { Clock } from './core/clock.ts'
import type { Disk } from './core/disk.ts'
import { isRoostError } from './core/errors.ts'
import { errorFields, type Log } from './core/log.ts'
import type { Address } from './options.ts'
import { openUiCa, type UiCa } from './ui-tls/ui-ca.ts'

/** Often enough that an address which the router gave the box a moment ago is in the certificate soon; the year's end is seen in time. */
const LOOK_PERIOD_MS = 10 * 60_000

export interface Https {
  /** What the pages say of it; handed to the application before it is served. */
  readonly source: NonNullable<HttpsSources['https']>
  /** Listens, and renews the certificate, until disposed. PORT_IN_USE. */
  serve(app: Hono, upgrades: Upgrades): Promise<Address & AsyncDisposable>
}

/** Opens the CA in `dir`; nothing listens yet. Null, and the log says why, when the card takes no certificate: the pages come over HTTP then. */
export async function openHttps(parts: {
  address: Address
  dir: string
  disk: Disk
  clock: Clock
  log: Log
  /** Names and addresses of this machine now. */
  names(): string[]
}): Promise<Https | null> {
  const { address, dir, disk, clock, log, names } = parts
  let ca: UiCa
  let current: TlsCredentials
  try {
    ca = await openUiCa({ dir, disk, clock, log })
    current = await ca.leaf(names())
  } catch (error) {
    if (!isRoostError(error, 'DISK')) throw error
    log.error('https-off', errorFields(error))
    return null
  }
  let server: Api | null = null
  return {
    source: { caPem: ca.caPem, port: () => server?.port ?? null },
    async serve(app, upgrades) {
      const opened = await serveApi(app, address.host, address.port, upgrades, current)
      server = opened
      async function look() {
        const leaf = await ca.leaf(names())
        if (leaf === current) return
        opened.use(leaf)
        current = leaf
      }
      let looking: Promise<void> = Promise.resolve()
      const timer = clock.every(LOOK_PERIOD_MS, () => {
        looking = looking.then(look).catch((error) => log.error('ui-certificate-not-renewed', errorFields(error)))
      })
      return {
        host: opened.host,
        port: opened.port,
        async [Symbol.asyncDispose]() {
          timer.cancel()
          server = null
          await looking
          await opened[Symbol.asyncDispose]()
        },
      }
    },
  }
}
