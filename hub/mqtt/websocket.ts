// MQTT over WebSocket for tools in a browser (R-BRK-08, MQTT 3.1.1 §6): a stream for the broker out of each upgraded request of the
// web port. Who it is, name and password in CONNECT say, as on the login listener.
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { createWebSocketStream, type WebSocket, WebSocketServer } from 'ws'
import { createHalfOpen } from './half-open.ts'
import { CLIENT_PACKET_MAX_BYTES } from './limits.ts'
import type { Accept } from './listeners.ts'
import type { Refusals } from './refusals.ts'

const SUBPROTOCOL = 'mqtt'
export const WEBSOCKETS_MAX = 128
/** Of these, connections that have not logged in; the oldest makes room. */
const HALF_OPEN = { max: 64, maxPerAddress: 16 }
/** A frame holds any part of the stream; no sane client puts more than one packet and some into it. */
const FRAME_MAX_BYTES = 2 * CLIENT_PACKET_MAX_BYTES

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/** Takes upgrade requests whose path, host and origin were checked. */
export function createWebSocketWay({ accept, refusals }: { accept: Accept; refusals: Refusals }): Upgrade {
  const server = new WebSocketServer({
    noServer: true,
    clientTracking: true,
    perMessageDeflate: false,
    maxPayload: FRAME_MAX_BYTES,
    handleProtocols: () => SUBPROTOCOL,
  })
  const halfOpen = createHalfOpen(HALF_OPEN)
  return (request, socket, head) => {
    const address = request.socket.remoteAddress ?? 'gone'
    const refuse = (reason: string, status: string) => {
      refusals.access(reason, { address })
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
    }
    if (server.clients.size >= WEBSOCKETS_MAX) return refuse('websockets-full', '503 Service Unavailable')
    const offered = request.headers['sec-websocket-protocol']?.split(',').map((name) => name.trim())
    if (!offered?.includes(SUBPROTOCOL)) return refuse('subprotocol', '400 Bad Request') // [MQTT-6.0.0-3]
    if (halfOpen.add(request.socket)) refusals.access('half-open', { address })
    server.handleUpgrade(request, socket, head, (webSocket) =>
      accept(streamOf(webSocket), { address, admitted: () => halfOpen.done(request.socket) }),
    )
  }
}

function streamOf(webSocket: WebSocket): Duplex {
  webSocket.on('message', (_, isBinary) => {
    if (!isBinary) webSocket.terminate() // [MQTT-6.0.0-1]
  })
  const stream = createWebSocketStream(webSocket)
  // A packet is written in several pieces: they go out as one frame.
  stream._writev = (pieces, done) => webSocket.send(Buffer.concat(pieces.map(({ chunk }) => chunk as Buffer)), done)
  return stream
}
