import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventList } from './event-list.ts'
import { type EventQuery, isAsked } from './events.ts'
import type { EventKind, StoredEvent } from './store.ts'

const KINDS: EventKind[] = ['heartbeat', 'diag', 'alarm']
const time = fc.integer({ min: 0, max: 100 })
const event: fc.Arbitrary<StoredEvent> = fc.record({
  tMs: time,
  kind: fc.constantFrom(...KINDS),
  uid: fc.constantFrom('rn-1', 'rn-2', ''),
  body: fc.uint8Array({ maxLength: 9_000 }),
})
const query: fc.Arbitrary<EventQuery> = fc.record(
  { kind: fc.constantFrom(...KINDS), uid: fc.constantFrom('rn-1', ''), fromMs: time, toMs: time },
  { requiredKeys: [] },
)

const shown = (events: readonly StoredEvent[]) =>
  events.map(({ tMs, kind, uid, body }) => `${tMs} ${kind} ${uid} ${Buffer.from(body).toString('base64')}`).sort()

test('what is asked of the list is what was put into it, over many pieces', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 60 }), query, (events, asked) => {
      const list = new EventList()
      for (const each of events) list.push(each)
      const found: StoredEvent[] = []
      list.find(asked, found)
      expect(shown(found)).toEqual(shown(events.filter((each) => isAsked(each, asked))))
    }),
  )
})
