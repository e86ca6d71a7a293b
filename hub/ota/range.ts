// Images by HTTPS: GET /firmware/{id} with a range, for a node with a certificate to which that image is offered; paced like the chunks.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Pacer } from './pacer.ts'

const PIECE_BYTES = 16 * 1024
const PATH = /^\/firmware\/([0-9a-f]{16})$/

/** The range that a request asks for: first and last byte, or why it cannot be had. [RFC 9110 §14.1.2], one range only. Pure. */
export function parseRange(
  header: string | undefined,
  sizeBytes: number,
): { from: number; to: number } | 'bad' | 'whole' {
  if (header === undefined) return 'whole'
  const match = /^bytes=(\d{1,10})-(\d{0,10})$/.exec(header.trim())
  if (!match) return 'whole' // what a server does not understand it ignores
  const from = Number(match[1])
  const to = match[2] === '' ? sizeBytes - 1 : Math.min(Number(match[2]), sizeBytes - 1)
  return from >= sizeBytes || to < from ? 'bad' : { from, to }
}

export interface Ranges {
  /** Answers a request that is for an image; false when it is for something else. `uid`: whose certificate it came with; null without. */
  answer(request: IncomingMessage, response: ServerResponse, uid: string | null): boolean
  readonly requests: number
}

export function createRanges(parts: {
  pacer: Pacer
  image(firmwareId: string): Promise<Uint8Array>
  /** True while this image is offered to this node. */
  isOffered(uid: string, firmwareId: string): boolean
}): Ranges {
  const { pacer, image, isOffered } = parts
  /** The newest request of each node: an older one of the same node ends. */
  const serving = new Map<string, ServerResponse>()
  let requests = 0

  async function send(uid: string, firmwareId: string, request: IncomingMessage, response: ServerResponse) {
    const bytes = await image(firmwareId)
    const range = parseRange(request.headers.range, bytes.length)
    const common = { 'accept-ranges': 'bytes', 'cache-control': 'no-store', connection: 'close' }
    if (range === 'bad') {
      response.writeHead(416, { ...common, 'content-range': `bytes */${bytes.length}` }).end()
      return
    }
    const { from, to } = range === 'whole' ? { from: 0, to: bytes.length - 1 } : range
    response.writeHead(range === 'whole' ? 200 : 206, {
      ...common,
      'content-type': 'application/octet-stream',
      'content-length': to + 1 - from,
      ...(range === 'whole' ? {} : { 'content-range': `bytes ${from}-${to}/${bytes.length}` }),
    })
    if (request.method === 'HEAD') return void response.end()
    for (let at = from; at <= to; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, Math.min(at + PIECE_BYTES, to + 1))
      await pacer.take(uid, piece.length)
      if (response.destroyed || serving.get(uid) !== response) return void response.destroy()
      if (!response.write(piece)) await drained(response)
    }
    response.end()
  }

  return {
    get requests() {
      return requests
    },
    answer(request, response, uid) {
      const firmwareId = PATH.exec(request.url ?? '')?.[1]
      if (!firmwareId) return false
      const refuse = (status: number) => void response.writeHead(status, { connection: 'close' }).end()
      if (request.method !== 'GET' && request.method !== 'HEAD') refuse(405)
      else if (uid === null) refuse(401)
      else if (!isOffered(uid, firmwareId)) refuse(403)
      else {
        requests++
        serving.set(uid, response)
        response.once('close', () => {
          if (serving.get(uid) === response) serving.delete(uid)
        })
        send(uid, firmwareId, request, response).catch(() => (response.headersSent ? response.destroy() : refuse(503)))
      }
      return true
    },
  }
}

/** Waits for a slow reader, or for its end. */
const drained = (response: ServerResponse) =>
  new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
  })
