// The HTTP server around the application.
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import { listen } from '../core/listen.ts'

const CONNECTIONS_MAX = 512
const HEADERS_TIMEOUT_MS = 10_000
const REQUEST_TIMEOUT_MS = 60_000

export interface Api {
  readonly host: string
  readonly port: number
  [Symbol.asyncDispose](): Promise<void>
}

/** Serves `app` on `host:port` (port 0: any free one) until disposed. Error: PORT_IN_USE. */
export async function serveApi(app: Hono, host: string, port: number): Promise<Api> {
  const server = createAdaptorServer({ fetch: app.fetch }) as Server
  server.maxConnections = CONNECTIONS_MAX
  server.headersTimeout = HEADERS_TIMEOUT_MS
  server.requestTimeout = REQUEST_TIMEOUT_MS
  await listen(server, host, port)
  return {
    host,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      server.closeAllConnections() // live streams have no end of their own
      await closed
    },
  }
}
