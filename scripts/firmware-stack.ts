// The deepest stack that a call into the firmware can take, from what gcc says of each function (-fcallgraph-info=su). Pure.

/** `id` is gcc's: of a static function with its file. `isIndirect`: it calls through a pointer. */
export interface StackFunction {
  id: string
  bytes: number
  calls: string[]
  isIndirect: boolean
}

export interface StackPath {
  bytes: number
  names: string[]
}

export interface StackRules {
  /** Where a function's calls through pointers lead, by names; those of any other lead to the port. */
  reached: Readonly<Record<string, readonly string[]>>
  /** Of a function that calls itself: how often it is on a path at most. */
  depths: Readonly<Record<string, number>>
}

const INDIRECT = '__indirect_call'
const nameOf = (id: string) => id.split(':').at(-1)!

/** The functions of one .ci file; those of the C library are in none and count with what the caller allows for them. */
export function readCallGraph(text: string): StackFunction[] {
  const found = new Map<string, StackFunction>()
  for (const [, id, label] of text.matchAll(/^node: \{ title: "([^"]+)" label: "([^"]+)"/gm)) {
    const bytes = /(\d+) bytes \((?:static|dynamic,bounded)\)/.exec(label!)?.[1]
    if (bytes) found.set(id!, { id: id!, bytes: Number(bytes), calls: [], isIndirect: false })
    else if (/bytes \(dynamic\)/.test(label!)) throw new Error(`${id} has a frame without a bound`)
  }
  for (const [, from, to] of text.matchAll(/^edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"/gm)) {
    const caller = found.get(from!)
    if (to === INDIRECT && caller) caller.isIndirect = true
    else caller?.calls.push(to!)
  }
  return [...found.values()]
}

/** The deepest path from the function of this name. Throws where one calls itself, directly or through others, and no rule says how deep. */
export function deepestPath(all: readonly StackFunction[], entry: string, { reached, depths }: StackRules): StackPath {
  const byId = new Map(all.map((each) => [each.id, each]))
  const idsOf = Map.groupBy(all, ({ id }) => nameOf(id))
  const known = new Map<string, StackPath>()

  function targetsOf({ id, calls, isIndirect }: StackFunction): string[] {
    const names = isIndirect ? (reached[nameOf(id)] ?? []) : []
    return [...calls, ...names.flatMap((name) => (idsOf.get(name) ?? []).map((each) => each.id))]
  }
  function below(id: string, path: readonly string[]): StackPath {
    const own = byId.get(id)
    const times = path.filter((each) => each === id).length
    const depth = depths[nameOf(id)]
    if (!own || times === depth) return { bytes: 0, names: [] }
    if (times > 0 && depth === undefined) throw new Error(`${[...path, id].map(nameOf).join(' → ')}: it calls itself`)
    const key = [id, ...path.filter((each) => depths[nameOf(each)] !== undefined)].join(' ')
    const before = known.get(key)
    if (before) return before
    let deepest: StackPath = { bytes: 0, names: [] }
    for (const to of targetsOf(own)) {
      const found = below(to, [...path, id])
      if (found.bytes > deepest.bytes) deepest = found
    }
    const found = { bytes: own.bytes + deepest.bytes, names: [nameOf(id), ...deepest.names] }
    known.set(key, found)
    return found
  }
  const [start] = idsOf.get(entry) ?? []
  if (!start) throw new Error(`there is no function ${entry}`)
  return below(start.id, [])
}
