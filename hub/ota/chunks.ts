// Images by MQTT: what a node asks for, in chunks of 4,096 bytes, paced. A chunk that is lost is asked for again by the node.
import { errorFields, type Log } from '../core/log.ts'
import { encodeOtaChunk, OTA_CHUNK_BYTES, type OtaRequest } from '../wire/ota.ts'
import type { Pacer } from './pacer.ts'

export interface Chunks {
  /** Answers a request; a newer one of the same node takes the place of an older one. */
  serve(uid: string, request: OtaRequest, firmwareId: string): void
  /** Ends what is under way for a node. */
  stop(uid: string): void
  readonly sent: number
}

export function createChunks(parts: {
  pacer: Pacer
  log: Log
  image(firmwareId: string): Promise<Uint8Array>
  /** QoS 0: a chunk that meets a full line is dropped, never kept on the card. */
  publish(uid: string, payload: Uint8Array): Promise<void>
}): Chunks {
  const { pacer, log, image, publish } = parts
  /** The newest request of each node that is being answered. */
  const serving = new Map<string, OtaRequest>()
  let sent = 0

  async function answer(uid: string, request: OtaRequest, firmwareId: string) {
    const bytes = await image(firmwareId)
    const end = Math.min(request.from + request.count, Math.ceil(bytes.length / OTA_CHUNK_BYTES))
    for (let n = request.from; n < end; n++) {
      const d = bytes.subarray(n * OTA_CHUNK_BYTES, (n + 1) * OTA_CHUNK_BYTES)
      await pacer.take(uid, d.length)
      if (serving.get(uid) !== request) return
      await publish(uid, encodeOtaChunk({ id: request.id, n, d }))
      sent++
    }
  }

  return {
    serve(uid, request, firmwareId) {
      serving.set(uid, request)
      answer(uid, request, firmwareId)
        .catch((error) => log.warn('firmware-chunk-failed', { uid, firmwareId, ...errorFields(error) }))
        .finally(() => {
          if (serving.get(uid) === request) serving.delete(uid)
        })
    },
    stop: (uid) => void serving.delete(uid),
    get sent() {
      return sent
    },
  }
}
