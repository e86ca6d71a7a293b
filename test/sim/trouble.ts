// What goes wrong on a farm now and then, decided from random numbers: networks that drop, sensors that die, power that dips. Pure.
import type { FarmNode } from './virtual-farm.ts'

export type Trouble =
  | { kind: 'cut'; uid: string; lastsMs: number }
  | { kind: 'sensor'; uid: string; sensor: string; lastsMs: number }
  | { kind: 'reboot'; uid: string; lastsMs: number }

/** The next trouble and how long until it strikes: some 40 to 120 s. */
export function nextTrouble(nodes: readonly FarmNode[], random: () => number): { inMs: number; trouble: Trouble } {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!
  const node = pick(nodes)
  const inMs = 40_000 + random() * 80_000
  const chance = random()
  if (chance < 0.4) return { inMs, trouble: { kind: 'cut', uid: node.uid, lastsMs: 20_000 + random() * 60_000 } }
  if (chance < 0.8) {
    const sensor = pick(node.sensors).id
    return { inMs, trouble: { kind: 'sensor', uid: node.uid, sensor, lastsMs: 60_000 + random() * 120_000 } }
  }
  return { inMs, trouble: { kind: 'reboot', uid: node.uid, lastsMs: 0 } }
}
