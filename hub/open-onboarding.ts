// How new nodes come in, put together: codes, answers and the HTTPS server around them.
import { randomBytes, X509Certificate } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from './core/clock.ts'
import type { Place } from './core/ids.ts'
import type { Log } from './core/log.ts'
import { type Codes, createCodes } from './onboarding/codes.ts'
import { createOnboarding, type Onboarding } from './onboarding/onboarding.ts'
import { type OnboardingServer, type ServerCredentials, serveOnboarding } from './onboarding/server.ts'
import type { Address } from './options.ts'
import type { Pki } from './pki/pki.ts'
import type { Registry } from './registry/registry.ts'

export interface OpenedOnboarding {
  readonly host: string
  readonly port: number
  readonly codes: Codes
  readonly stats: Onboarding['stats']
  /** SHA-256 of the CA that signed the hub's certificate, hex. */
  caSha256(): string
  use(credentials: ServerCredentials): void
  [Symbol.asyncDispose](): Promise<void>
}

/** Listens for new nodes until disposed. PORT_IN_USE, PKI_BROKEN. */
export async function openOnboarding(parts: {
  address: Address
  pki: Pki
  registry: Registry
  clock: Clock
  log: Log
  credentials: ServerCredentials
  ports: { mqtts: number; sntp: number | null }
  enrolled(uid: string, former: Place | null | undefined): void
  /** Looks at a request before the onboarding does; true: it answers it. */
  first?(request: IncomingMessage, response: ServerResponse): boolean
}): Promise<OpenedOnboarding> {
  const { address, pki, registry, clock, log, credentials, ports, enrolled } = parts
  const codes = createCodes({ clock, randomBytes })
  const onboarding = createOnboarding({ clock, log, codes, pki, registry, enrolled })
  const server: OnboardingServer = await serveOnboarding({
    ...address,
    credentials,
    log,
    onboarding,
    ports,
    caPem: () => pki.serverCaPem,
    trustPem: () => pki.caPem,
    crlPem: pki.crlPem,
    ...(parts.first ? { first: parts.first } : {}),
  })
  return {
    host: server.host,
    port: server.port,
    codes,
    stats: onboarding.stats,
    caSha256: () => new X509Certificate(pki.serverCaPem).fingerprint256.replaceAll(':', '').toLowerCase(),
    use: server.use,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
