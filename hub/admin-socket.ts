// The running hub's ear for the command line: HTTP on a unix-domain socket inside the data directory. Who may use the directory
// may use the socket (mode 0600 in a directory of mode 0700); there is no other authentication.
//   POST /nodes {"uid": "rn-…", "place": "site/house/node"} → ProvisionedNode
//   GET  /nodes → Device[]
//   POST /identity: admin-identity.ts
//   POST /ca: admin-ca.ts
//   POST /ota: admin-ota.ts
//   GET, POST /users: admin-users.ts
//   POST /local-code → {"code"}: claims the box, or lets an admin back in
import { chmod, type FileHandle, open, unlink } from 'node:fs/promises'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import { basename, dirname, join } from 'node:path'
import { type CaOffice, doCaRequest } from './admin-ca.ts'
import { changeIdentity, type IdentityOffice } from './admin-identity.ts'
import { doOtaRequest, type OtaOffice } from './admin-ota.ts'
import { changeUsers } from './admin-users.ts'
import { ERROR_CODES, type ErrorCode, RoostError } from './core/errors.ts'
import { isUid, type Place, parsePlace } from './core/ids.ts'
import { errorFields, type Log } from './core/log.ts'
import type { Users } from './mqtt/users.ts'
import type { ProvisionedNode } from './provision.ts'
import type { Device } from './registry/registry.ts'

/** A socket's address holds 107 bytes (unix(7)); a longer path is reached through an open directory. */
const SOCKET_PATH_MAX_BYTES = 100
const BODY_MAX_BYTES = 64 * 1024
const ANSWER_MAX_BYTES = 64 * 1024 * 1024
const TIMEOUT_MS = 10_000

export interface AdminHandlers {
  addNode(uid: string, place: Place): Promise<ProvisionedNode>
  listNodes(): readonly Device[]
  users: Users
  /** The code that claims the box, or one with which an admin gets a new password. */
  localCode(): string
  identity: IdentityOffice
  ca: { pki: CaOffice; nowMs(): number }
  ota: OtaOffice
}

/**
 * Answers on the socket until disposed. The caller holds the data directory, so a socket that is there already is a dead hub's.
 * Where the file system has no sockets the hub goes on without, and the log says so.
 */
export async function serveAdmin(parts: { path: string; handlers: AdminHandlers; log: Log }): Promise<AsyncDisposable> {
  const { path, handlers, log } = parts
  const server = createServer({ requestTimeout: TIMEOUT_MS, headersTimeout: TIMEOUT_MS }, (req, res) => {
    answer(req, handlers).then(
      (value) => send(res, 200, value),
      (error: unknown) => {
        if (!(error instanceof RoostError)) log.error('admin-request-failed', { url: req.url, ...errorFields(error) })
        const code = error instanceof RoostError ? error.code : 'INTERNAL'
        send(res, error instanceof RoostError ? 400 : 500, { code, message: (error as Error).message })
      },
    )
  })
  server.maxConnections = 16
  await unlink(path).catch(() => {})
  const reached = await reach(path)
  try {
    await listenAt(server, reached.path)
    await chmod(path, 0o600)
  } catch (error) {
    log.warn('admin-socket-unavailable', { path, ...errorFields(error) })
  }
  return {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      if (server.listening) await new Promise((resolve) => server.close(resolve))
      await unlink(path).catch(() => {})
      await reached.close()
    },
  }
}

async function answer(req: IncomingMessage, handlers: AdminHandlers): Promise<unknown> {
  const route = `${req.method} ${req.url}`
  if (route === 'GET /nodes') return handlers.listNodes()
  if (route === 'POST /local-code') return { code: handlers.localCode() }
  if (route === 'GET /users') return handlers.users.list()
  if (route === 'POST /users') return changeUsers(handlers.users, await readBody(req, BODY_MAX_BYTES))
  if (route === 'POST /identity') return changeIdentity(handlers.identity, await readBody(req, BODY_MAX_BYTES))
  if (route === 'POST /ota') return doOtaRequest(handlers.ota, await readBody(req, BODY_MAX_BYTES))
  if (route === 'POST /ca') {
    return doCaRequest(handlers.ca.pki, handlers.ca.nowMs(), await readBody(req, BODY_MAX_BYTES))
  }
  if (route !== 'POST /nodes') throw new RoostError('BAD_REQUEST', `the hub knows no ${route.slice(0, 80)}`)
  const { uid, place } = parseNode(await readBody(req, BODY_MAX_BYTES))
  return handlers.addNode(uid, place)
}

function parseNode(text: string): { uid: string; place: Place } {
  let body: { uid?: unknown; place?: unknown } | null
  try {
    body = JSON.parse(text)
  } catch (cause) {
    throw new RoostError('BAD_REQUEST', 'the request is no JSON', { cause })
  }
  const { uid, place: placeText } = body ?? {}
  const place = typeof placeText === 'string' ? parsePlace(placeText) : null
  if (typeof uid !== 'string' || !isUid(uid)) throw new RoostError('BAD_REQUEST', 'uid is not rn- and 12 hex digits')
  if (!place) throw new RoostError('BAD_REQUEST', 'place is not site/house/node')
  return { uid, place }
}

function send(res: ServerResponse, status: number, value: unknown) {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

async function readBody(from: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = []
  let sizeBytes = 0
  for await (const chunk of from) {
    sizeBytes += chunk.length
    if (sizeBytes > maxBytes) throw new RoostError('BAD_REQUEST', `more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}

const listenAt = (server: Server, path: string): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })

/** A short name for a socket's path, usable until closed. */
async function reach(path: string): Promise<{ path: string; close(): Promise<void> }> {
  if (Buffer.byteLength(path) <= SOCKET_PATH_MAX_BYTES) return { path, close: async () => {} }
  const dir: FileHandle = await open(dirname(path), 'r')
  return { path: join(`/proc/self/fd/${dir.fd}`, basename(path)), close: () => dir.close() }
}

/** The command line's side of the socket. Errors are the hub's own RoostErrors, or DATA_DIR_LOCKED when nobody answers. */
export async function callAdmin(path: string, method: 'GET' | 'POST', route: string, body?: unknown): Promise<unknown> {
  const reached = await reach(path)
  try {
    const { status, text } = await exchange(reached.path, method, route, body)
    const value = JSON.parse(text)
    if (status === 200) return value
    if (value.code in ERROR_CODES) throw new RoostError(value.code as ErrorCode, value.message)
    throw new Error(`the running hub failed: ${value.message}`)
  } finally {
    await reached.close()
  }
}

const exchange = (socketPath: string, method: string, route: string, body: unknown) =>
  new Promise<{ status: number; text: string }>((resolve, reject) => {
    const req = request({ socketPath, method, path: route, timeout: TIMEOUT_MS, agent: false }, (res) => {
      readBody(res, ANSWER_MAX_BYTES).then((text) => resolve({ status: res.statusCode ?? 0, text }), reject)
    })
    req.on('timeout', () => req.destroy(new Error(`no answer within ${TIMEOUT_MS / 1000} s`)))
    req.on('error', reject)
    req.end(body === undefined ? undefined : JSON.stringify(body))
  })
