// A refused message as an event of the hub, so that one can see after a restart who sent what was not understood.
import type { Store } from '../store/store.ts'
import { encodeCbor } from '../wire/cbor.ts'
import type { Quarantined } from './quarantine.ts'

/** Bytes of the payload that the event keeps. */
const HEAD_BYTES = 256

/** Appends the event; it becomes durable with the next commit. */
export function noteRefusal(store: Pick<Store, 'appendEvent'>, message: Quarantined): void {
  const { uid, topic, reason, sizeBytes, tMs } = message
  const head = message.payload.slice(0, HEAD_BYTES)
  const body = encodeCbor({ v: 1, event: 'message-refused', topic: topic.slice(0, 256), reason, size: sizeBytes, head })
  store.appendEvent({ tMs, kind: 'hub', uid, body })
}
