import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EMPTY_WINDOW, REPLAY_WINDOW, takeCounter } from './replay.ts'

test('each counter is taken at most once, in whatever order frames arrive', () => {
  fc.assert(
    fc.property(fc.array(fc.bigInt(0n, 300n), { maxLength: 200 }), (counters) => {
      let window = EMPTY_WINDOW
      let highest = -1n
      const taken = new Set<bigint>()
      for (const counter of counters) {
        const next = takeCounter(window, counter)
        // A frame is refused for two causes only: it came before, or it is too old to tell.
        expect(next === null).toBe(taken.has(counter) || highest - counter >= REPLAY_WINDOW)
        if (!next) continue
        taken.add(counter)
        highest = counter > highest ? counter : highest
        window = next
        expect(window.highest).toBe(highest)
        expect(window.taken < 1n << REPLAY_WINDOW).toBe(true)
      }
    }),
  )
})
