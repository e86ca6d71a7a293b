// HTTPS for nodes that come in or renew (protocol.md, Onboarding), on a port of its own: MQTT and HTTP stay what other tools expect.
//   GET  /ca.pem   the CA that signed the hub; who asks without trust compares the fingerprint that staff see
//   GET  /crl.pem  what is refused
//   POST /enrol    {csr, code, uid, chip, fw_version} → {cert, ca, place, broker, ntp}
//   POST /rotate   {csr}, with the node's certificate → the same
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { RoostError } from '../core/errors.ts'
import { listen } from '../core/listen.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Answer, Onboarding } from './onboarding.ts'

const BODY_MAX_BYTES = 16 * 1024
const CONNECTIONS_MAX = 64
/** One address must not take all of them. */
const CONNECTIONS_OF_ADDRESS_MAX = 16
const TIMEOUT_MS = 15_000

export interface ServerCredentials {
  keyPem: string
  certPem: string
}

export interface OnboardingServer {
  readonly host: string
  readonly port: number
  /** Uses other credentials for connections from now on. */
  use(credentials: ServerCredentials): void
  [Symbol.asyncDispose](): Promise<void>
}

export interface ServerParts {
  host: string
  port: number
  credentials: ServerCredentials
  log: Log
  onboarding: Onboarding
  /** The CA that signed the hub's certificate: only this one is for who has no trust yet and compares a fingerprint. */
  caPem(): string
  /** All that sign nodes. */
  trustPem(): string
  crlPem(): Promise<string>
  /** Ports that the answer names: MQTT over TLS, and SNTP when the hub serves it. */
  ports: { mqtts: number; sntp: number | null }
  /** Looks at a request first; true: it answers it. */
  first?(request: IncomingMessage, response: ServerResponse): boolean
}

/** Listens until disposed. PORT_IN_USE, PKI_BROKEN. */
export async function serveOnboarding(parts: ServerParts): Promise<OnboardingServer> {
  const { log } = parts
  const context = ({ keyPem, certPem }: ServerCredentials) =>
    ({ key: keyPem, cert: certPem, ca: parts.trustPem(), minVersion: 'TLSv1.2' }) as const
  let server: ReturnType<typeof createServer>
  try {
    const asked = { requestCert: true, rejectUnauthorized: false }
    const limits = { handshakeTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS, requestTimeout: TIMEOUT_MS }
    server = createServer({
      ...context(parts.credentials),
      ...asked,
      ...limits,
      maxHeaderSize: 8_192,
      keepAlive: false,
    })
  } catch (cause) {
    throw new RoostError('PKI_BROKEN', 'the hub cannot use its certificate for onboarding', { cause })
  }
  server.maxConnections = CONNECTIONS_MAX
  const connectionsOf = new Map<string, number>()
  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? 'gone'
    const count = (connectionsOf.get(address) ?? 0) + 1
    if (count > CONNECTIONS_OF_ADDRESS_MAX) return void socket.destroy()
    connectionsOf.set(address, count)
    socket.once('close', () => {
      const left = connectionsOf.get(address)! - 1
      if (left === 0) connectionsOf.delete(address)
      else connectionsOf.set(address, left)
    })
  })
  server.on('request', (request, response) => {
    if (parts.first?.(request, response)) return
    answer(request, parts).then(
      (result) => send(response, result),
      (error) => {
        log.error('onboarding-request-failed', errorFields(error))
        send(response, problem(500, 'INTERNAL', 'the hub failed; its log says more'))
      },
    )
  })
  await listen(server, parts.host, parts.port)
  return {
    host: parts.host,
    port: (server.address() as AddressInfo).port,
    use: (credentials) => server.setSecureContext(context(credentials)),
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections()
      await closed
    },
  }
}

interface Reply {
  status: number
  type: string
  body: string
  retryS?: number
}

const problem = (status: number, code: string, detail: string, retryS?: number): Reply => ({
  status,
  type: 'application/problem+json',
  body: JSON.stringify({
    type: 'about:blank',
    title: code,
    status,
    detail,
    code,
  }),
  ...(retryS === undefined ? {} : { retryS }),
})

async function answer(request: IncomingMessage, parts: ServerParts): Promise<Reply> {
  const socket = request.socket as TLSSocket
  const address = socket.remoteAddress ?? 'gone'
  const route = `${request.method} ${request.url}`
  if (route === 'GET /ca.pem') return { status: 200, type: 'application/x-pem-file', body: parts.caPem() }
  if (route === 'GET /crl.pem') return { status: 200, type: 'application/x-pem-file', body: await parts.crlPem() }
  if (route !== 'POST /enrol' && route !== 'POST /rotate') return problem(404, 'NO_SUCH_ROUTE', 'no such route')
  const body = await readJson(request)
  if (!body.ok) return problem(body.status, 'BAD_REQUEST', body.reason)
  const result =
    route === 'POST /enrol'
      ? await parts.onboarding.enrol(body.value, address)
      : await parts.onboarding.renew(body.value, socket.getPeerX509Certificate(), address)
  return result.ok ? welcome(result, request, parts) : problem(result.status, result.code, result.detail, result.retryS)
}

/** The hub's name in the answer is the one under which the node found it. */
function welcome(
  { welcome: given }: Extract<Answer, { ok: true }>,
  request: IncomingMessage,
  { ports }: ServerParts,
): Reply {
  const host =
    /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})(?::\d{1,5})?$/.exec(request.headers.host ?? '')?.[1] ?? 'roost.local'
  const body = {
    ...given,
    broker: `mqtts://${host}:${ports.mqtts}`,
    ntp: ports.sntp === null ? null : `${host}:${ports.sntp}`,
  }
  return { status: 200, type: 'application/json', body: JSON.stringify(body) }
}

type Body = { ok: true; value: unknown } | { ok: false; status: number; reason: string }

async function readJson(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  try {
    for await (const chunk of request) {
      sizeBytes += chunk.length
      if (sizeBytes > BODY_MAX_BYTES) return { ok: false, status: 413, reason: `more than ${BODY_MAX_BYTES} bytes` }
      chunks.push(chunk)
    }
    return { ok: true, value: JSON.parse(Buffer.concat(chunks).toString('utf8')) }
  } catch {
    return { ok: false, status: 400, reason: 'the body is no JSON' }
  }
}

function send(response: ServerResponse, { status, type, body, retryS }: Reply) {
  if (response.destroyed) return
  const retry = retryS === undefined ? {} : { 'retry-after': String(retryS) }
  response
    .writeHead(status, { 'content-type': type, connection: 'close', 'cache-control': 'no-store', ...retry })
    .end(body)
}
