// The HTTP server around the application, and the HTTPS one.
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http'
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import type { Duplex } from 'node:stream'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { listen } from '../core/listen.ts'
import { upgradeRefusal } from './origin.ts'

const CONNECTIONS_MAX = 512
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 60_000

export interface Api {
  readonly host: string
  readonly port: number
  /** Another key and certificate for connections from now on; only of a server that has one. */
  use(tls: TlsCredentials): void
  [Symbol.asyncDispose](): Promise<void>
}

export interface TlsCredentials {
  keyPem: string
  certPem: string
}

/** Who takes upgraded connections, by path. */
export type Upgrades = Record<string, (request: IncomingMessage, socket: Duplex, head: Buffer) => void>

/** Serves `app` on `host:port` (port 0: any free one) until disposed, over TLS with `tls`. Error: PORT_IN_USE. */
export async function serveApi(
  app: Hono,
  host: string,
  port: number,
  upgrades: Upgrades = {},
  tls?: TlsCredentials,
): Promise<Api> {
  const server = (
    tls
      ? createAdaptorServer({ fetch: app.fetch, createServer: createTlsServer, serverOptions: contextOf(tls) })
      : createAdaptorServer({ fetch: app.fetch })
  ) as Server & Partial<TlsServer>
  server.maxConnections = CONNECTIONS_MAX
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  const upgraded = takeUpgrades(server, upgrades)
  await listen(server, host, port)
  return {
    host,
    port: (server.address() as AddressInfo).port,
    use: (credentials) => server.setSecureContext?.(contextOf(credentials)),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of upgraded) socket.destroy()
      server.closeAllConnections() // live streams have no end of their own
      await closed
    },
  }
}

const contextOf = ({ keyPem, certPem }: TlsCredentials) =>
  ({ key: keyPem, cert: certPem, minVersion: 'TLSv1.2', handshakeTimeout: HEADERS_TIMEOUT_MS }) as const

/** Hands upgrade requests to who takes them; the sockets that are open. */
function takeUpgrades(server: Server, upgrades: Upgrades): ReadonlySet<Duplex> {
  const open = new Set<Duplex>()
  const machineName = hostname()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    open.add(socket)
    socket.once('close', () => open.delete(socket))
    socket.on('error', () => {})
    const { host = '', origin } = request.headers
    const take = Object.hasOwn(upgrades, request.url ?? '') && upgrades[request.url ?? '']
    const refused = upgradeRefusal(host, origin, machineName) ?? (take ? null : 404)
    if (take && refused === null) return take(request, socket, head)
    socket.end(`HTTP/1.1 ${refused} ${STATUS_CODES[refused!]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
  })
  return open
}
