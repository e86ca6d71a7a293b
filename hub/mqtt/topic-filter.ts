// MQTT topic filters as sets of topics [MQTT-4.7]: does a filter match a topic, does it cover another filter. Pure.

/** True when `topic` is in the set that `filter` names; wildcards at the start never match `$` topics [MQTT-4.7.2-1]. */
export function filterMatches(filter: string, topic: string): boolean {
  if (topic.startsWith('$') && (filter.startsWith('#') || filter.startsWith('+'))) return false
  return levelsMatch(filter, topic)
}

/** The same without the exception for `$` topics: for rights, where `#` means every topic. */
export function levelsMatch(filter: string, topic: string): boolean {
  const wanted = filter.split('/')
  const levels = topic.split('/')
  for (const [i, level] of wanted.entries()) {
    if (level === '#') return true
    if (i >= levels.length || (level !== '+' && level !== levels[i])) return false
  }
  return wanted.length === levels.length
}

/** True when every topic that `filter` matches is matched by `grant` too, so that whoever has `grant` may subscribe to `filter`. */
export function filterCovers(grant: string, filter: string): boolean {
  if (filter.startsWith('$') && (grant.startsWith('#') || grant.startsWith('+'))) return false
  const granted = grant.split('/')
  const wanted = filter.split('/')
  for (const [i, level] of granted.entries()) {
    if (level === '#') return true
    const asked = wanted[i]
    // `a/#` matches `a` itself as well [MQTT-4.7.1-2], which `a/+` does not.
    if (asked === undefined || asked === '#') return false
    if (level !== '+' && level !== asked) return false
  }
  return granted.length === wanted.length
}

/** True when some topic may be matched by both filters. */
export function filterOverlaps(a: string, b: string): boolean {
  const left = a.split('/')
  const right = b.split('/')
  for (let i = 0; ; i++) {
    if (left[i] === '#' || right[i] === '#') return true
    if (left[i] === undefined || right[i] === undefined) {
      // `a/#` matches `a` itself too.
      return left[i] === right[i] || left[i + 1] === '#' || right[i + 1] === '#'
    }
    if (left[i] !== '+' && right[i] !== '+' && left[i] !== right[i]) return false
  }
}

/** True for a well-formed filter: `#` last and alone in its level, `+` alone in its level, not empty, no NUL [MQTT-4.7.1, 4.7.3]. */
export function isFilter(text: string): boolean {
  if (text === '' || text.length > 65_535 || text.includes('\0')) return false
  const levels = text.split('/')
  return levels.every((level, i) =>
    level.includes('#') ? level === '#' && i === levels.length - 1 : !level.includes('+') || level === '+',
  )
}
