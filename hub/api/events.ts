// GET /api/v1/events: the live stream as server-sent events (WHATWG HTML, "Server-sent events").
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Live } from './live.ts'
import { route } from './openapi/route.ts'
import { problem } from './problem.ts'

/** A client that lost the stream asks again after this long. */
const RETRY_MS = 2_000

const doc = route({
  summary:
    'What happens, as it happens: server-sent events hello, values, device, tick (LiveEvent in hub/api/contract.ts)',
  answers: { 200: 'text/event-stream' },
})

export const eventsRoutes = (live: Live) =>
  new Hono().get('/', doc, (c) => {
    const abort = new AbortController()
    const events = live.follow(abort.signal)
    if (!events)
      return problem(c, 503, 'TOO_MANY_LISTENERS', 'too many live pages', 'close one of the open pages first')
    c.header('cache-control', 'no-store')
    c.header('x-accel-buffering', 'no')
    return streamSSE(c, async (stream) => {
      stream.onAbort(() => abort.abort())
      // Each write waits for the one before: a slow client makes its own stream coarser, nobody else's.
      for await (const { type, ...data } of events) {
        await stream.writeSSE({ event: type, data: JSON.stringify(data), retry: RETRY_MS })
        if (stream.aborted) abort.abort()
      }
    })
  })
