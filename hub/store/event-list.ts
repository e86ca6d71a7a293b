// The events of a log that is not sealed yet, as the bytes that they are on the card: a farm's heartbeats of half an hour would be a hundred
// megabytes as objects. Heartbeats stand apart, so that nobody who asks for an alarm reads them.
import { type EventQuery, isAsked } from './events.ts'
import { RecordBuilder, visitRecords } from './record.ts'
import type { StoredEvent } from './store.ts'

/** Events of one piece, which becomes a frame of the sealed file: what is looked at, or passed over by its times, as a whole. */
const PIECE_BYTES = 64 << 10

interface Piece {
  bytes: Buffer
  minMs: number
  maxMs: number
}

class Pieces {
  readonly #full: Piece[] = []
  #open = new RecordBuilder(256)
  #minMs = Number.POSITIVE_INFINITY
  #maxMs = Number.NEGATIVE_INFINITY

  push(event: StoredEvent): void {
    this.#open.event(event)
    this.#minMs = Math.min(this.#minMs, event.tMs)
    this.#maxMs = Math.max(this.#maxMs, event.tMs)
    if (this.#open.sizeBytes < PIECE_BYTES) return
    this.#full.push(this.#newest())
    this.#open = new RecordBuilder(PIECE_BYTES + 1024)
    this.#minMs = Number.POSITIVE_INFINITY
    this.#maxMs = Number.NEGATIVE_INFINITY
  }

  find(query: EventQuery, into: StoredEvent[]): void {
    const { fromMs = Number.NEGATIVE_INFINITY, toMs = Number.POSITIVE_INFINITY } = query
    for (const { bytes, minMs, maxMs } of [...this.#full, this.#newest()]) {
      if (maxMs < fromMs || minMs >= toMs) continue
      visitRecords(bytes, {
        event: (event) => {
          if (isAsked(event, query)) into.push(event)
        },
      })
    }
  }

  records(): Buffer[] {
    const newest = this.#open.isEmpty ? [] : [this.#newest()]
    return [...this.#full, ...newest].map(({ bytes }) => bytes)
  }

  #newest(): Piece {
    return { bytes: Buffer.from(this.#open.records()), minMs: this.#minMs, maxMs: this.#maxMs }
  }
}

export class EventList {
  readonly #beats = new Pieces()
  readonly #others = new Pieces()

  push(event: StoredEvent): void {
    ;(event.kind === 'heartbeat' ? this.#beats : this.#others).push(event)
  }

  /** All of one sort as records, in pieces as they stand in a file. */
  records(of: 'beats' | 'events'): Buffer[] {
    return (of === 'beats' ? this.#beats : this.#others).records()
  }

  /** Adds what is asked for to `into`, in the order in which it came. */
  find(query: EventQuery, into: StoredEvent[]): void {
    if (query.kind !== 'heartbeat') this.#others.find(query, into)
    if (query.kind === undefined || query.kind === 'heartbeat') this.#beats.find(query, into)
  }
}
