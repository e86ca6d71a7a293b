// Questions to the hub, and changes that it may refuse in words of its own.

/** What came of a change: the answer, or why not; `''` when the hub did not answer at all. */
export type Sent<T> = { ok: true; answer: T } | { ok: false; problem: string }

export interface Ask {
  /** The answer as JSON; rejects when the hub does not answer or says no. */
  get<T>(path: string): Promise<T>
  /** Never rejects. The answer is null where the hub sends none. */
  send<T>(method: 'POST' | 'PUT' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<Sent<T>>
}

const API = '/api/v1'

export function createAsk(fetchUrl: typeof fetch): Ask {
  return {
    async get<T>(path: string) {
      const response = await fetchUrl(`${API}${path}`)
      if (!response.ok) throw new Error(`the hub answered ${response.status} for ${path}`)
      return (await response.json()) as T
    },
    async send<T>(method: string, path: string, body?: unknown): Promise<Sent<T>> {
      try {
        const response = await fetchUrl(`${API}${path}`, {
          method,
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        })
        const answer = response.status === 204 ? null : await response.json()
        if (response.ok) return { ok: true, answer: answer as T }
        const said = answer as { detail?: string; reason?: string } | null
        return { ok: false, problem: said?.detail ?? said?.reason ?? '' }
      } catch {
        return { ok: false, problem: '' }
      }
    },
  }
}
