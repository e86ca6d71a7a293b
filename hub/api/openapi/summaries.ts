// What a request was for, in words: the summary of its route, for people who read lists of requests.
import type { AppRoute } from './document.ts'
import { docOf } from './route.ts'

/** Gives the summary of the route that takes a request; null when none does. `routes` is asked at the first question. */
export function createSummaries(routes: () => readonly AppRoute[]): (method: string, path: string) => string | null {
  let made: { method: string; pattern: RegExp; summary: string }[] | null = null
  const make = () =>
    routes().flatMap(({ method, path, handler }) => {
      const summary = docOf(handler)?.summary
      const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replace(/:[a-z]+/g, '[^/]+')}$`)
      return summary === undefined ? [] : [{ method, pattern, summary }]
    })
  return (method, path) => {
    made ??= make()
    return made.find((each) => each.method === method && each.pattern.test(path))?.summary ?? null
  }
}
