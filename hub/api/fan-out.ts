// One question to many nodes: all answers that come before one deadline, and for the others why not.
import type { Clock } from '../core/clock.ts'

/** Questions on their way that may still be answered soon; the next is asked when one of them is, or is slow. */
export const FRESH_MAX = 64
/** A node that has not answered for this long no longer holds up the next one. */
export const SLOW_MS = 250

/**
 * Asks each of `items`, FRESH_MAX at a time, and gives the answers in the order of the items. `ask` gets what is left until the
 * deadline and must end within it; who could not be asked before it is `unasked`. Ends at the deadline at the latest, however many
 * do not answer.
 */
export async function fanOut<T, R>(
  items: readonly T[],
  { clock, timeoutMs }: { clock: Clock; timeoutMs: number },
  ask: (item: T, leftMs: number) => Promise<R>,
  unasked: (item: T) => R,
): Promise<R[]> {
  const endMs = clock.monotonicMs() + timeoutMs
  const answers: Promise<R>[] = []
  let fresh = 0
  let wake = () => {}

  function start(item: T, leftMs: number) {
    fresh++
    let isFresh = true
    const done = () => {
      if (!isFresh) return
      isFresh = false
      slow.cancel()
      fresh--
      wake()
    }
    const slow = clock.after(SLOW_MS, done)
    const answer = ask(item, leftMs)
    answer.then(done, done)
    answers.push(answer)
  }

  for (const item of items) {
    while (fresh >= FRESH_MAX) {
      await new Promise<void>((resolve) => {
        wake = resolve
      })
    }
    const leftMs = endMs - clock.monotonicMs()
    if (leftMs > 0) start(item, leftMs)
    else answers.push(Promise.resolve(unasked(item)))
  }
  return Promise.all(answers)
}
