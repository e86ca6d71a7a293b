// What a screen reader is told by itself: nodes that go and come back, and the stream; values never, they change each second.
import type { NodeModel } from './farm.ts'

export type News = { kind: 'offline' | 'back'; name: string }

/** What changed in liveness between two looks; null when nothing worth saying. The first offline node speaks for its neighbours. */
export function newsBetween(before: readonly NodeModel[], after: readonly NodeModel[]): News | null {
  const was = new Map(before.map((node) => [node.uid, node.liveness]))
  for (const kind of ['offline', 'back'] as const) {
    const node = after.find((each) => {
      const old = was.get(each.uid)
      if (old === undefined || old === each.liveness) return false
      return kind === 'offline' ? each.liveness === 'offline' : old === 'offline' && each.liveness === 'online'
    })
    if (node) return { kind, name: [node.house, node.node ?? node.uid].filter(Boolean).join(' ') }
  }
  return null
}
