// Buzzers at nodes: the nodes of a house with an alarm are told to sound, again each minute, because one may have restarted.
import type { Clock } from '../../core/clock.ts'

const AGAIN_MS = 60_000

export interface Buzzer {
  sound(houses: readonly string[]): void
  [Symbol.dispose](): void
}

/** `command` moves the node's actuator to 0 or 100; a node that has none says no, which is no fault. */
export function openBuzzer(parts: {
  clock: Clock
  nodesOf(house: string): string[]
  command(uid: string, position: 0 | 100): Promise<unknown>
}): Buzzer {
  const { clock, nodesOf, command } = parts
  let on: readonly string[] = []
  const tell = (houses: readonly string[], position: 0 | 100) => {
    for (const house of houses) for (const uid of nodesOf(house)) void command(uid, position).catch(() => {})
  }
  const timer = clock.every(AGAIN_MS, () => tell(on, 100))
  return {
    sound(houses) {
      tell(
        on.filter((house) => !houses.includes(house)),
        0,
      )
      tell(
        houses.filter((house) => !on.includes(house)),
        100,
      )
      on = houses
    },
    [Symbol.dispose]() {
      timer.cancel()
      tell(on, 0)
    },
  }
}
