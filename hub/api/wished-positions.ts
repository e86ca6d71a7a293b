// Where staff last sent each window over the API, and what its node said: a wish, never where the window is. Of this run of the hub.

export interface WishedPosition {
  /** The node's own name of the window. */
  actuator: string
  percent: number
  atMs: number
  /** `silent`: no answer came in time, and nobody knows whether it moved. */
  answer: 'done' | 'refused' | 'silent'
}

export interface WishedPositions {
  note(uid: string, wished: WishedPosition): void
  /** Of one node, the newest last. */
  of(uid: string): readonly WishedPosition[]
}

const WINDOWS_MAX = 1_000

/** Keeps the last wish of each window; beyond WINDOWS_MAX windows the oldest wish is forgotten. */
export function createWishedPositions(max = WINDOWS_MAX): WishedPositions {
  const wishes = new Map<string, { uid: string; wished: WishedPosition }>()
  return {
    note(uid, wished) {
      const key = `${uid}/${wished.actuator}`
      wishes.delete(key)
      wishes.set(key, { uid, wished })
      if (wishes.size > max) wishes.delete(wishes.keys().next().value!)
    },
    of: (uid) => [...wishes.values()].flatMap((each) => (each.uid === uid ? [each.wished] : [])),
  }
}
