import { expect, test } from 'vitest'
import type { LiveEvent } from '../../../hub/api/contract.ts'
import { createHubClock } from './hub-clock.ts'
import { openLiveStream, RETRY_FIRST_MS, RETRY_MAX_MS, SILENCE_MAX_MS } from './live-stream.ts'

const HELLO: LiveEvent = { type: 'hello', nowMs: 1_000, version: '0', devices: [] }

/** Time that passes when told to, and a wire whose connections are held in hand. */
function setUp() {
  let nowMs = 0
  const timers = new Set<{ atMs: number; call: () => void }>()
  const opened: { event: (event: LiveEvent) => void; end: () => void; isClosed: boolean }[] = []
  const events: LiveEvent[] = []
  const stream = openLiveStream(
    {
      open(event, end) {
        const connection = { event, end, isClosed: false }
        opened.push(connection)
        return {
          close() {
            connection.isClosed = true
          },
        }
      },
    },
    {
      wallMs: () => nowMs,
      after(delayMs, call) {
        const timer = { atMs: nowMs + delayMs, call }
        timers.add(timer)
        return () => timers.delete(timer)
      },
      random: () => 0.999_999,
    },
    (event) => events.push(event),
  )
  const pass = (ms: number) => {
    const untilMs = nowMs + ms
    for (;;) {
      const next = [...timers].filter((timer) => timer.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0]
      if (!next) break
      timers.delete(next)
      nowMs = next.atMs
      next.call()
    }
    nowMs = untilMs
  }
  return { stream, opened, events, pass }
}

test('the stream is live from the first hello', () => {
  const { stream, opened, events } = setUp()
  expect(stream.state.value.kind).toBe('connecting')
  opened[0]!.event(HELLO)
  expect(stream.state.value.kind).toBe('live')
  expect(events).toEqual([HELLO])
})

test('a broken stream is cut at once, says since when, and is tried again with growing pauses', () => {
  const { stream, opened, pass } = setUp()
  opened[0]!.event(HELLO)
  pass(5_000)
  opened[0]!.end()
  expect(stream.state.value).toEqual({ kind: 'cut', sinceMs: 5_000, hasConnected: true })
  for (const pauseMs of [1, 2, 4, 8, 15, 15].map((factor) => factor * RETRY_FIRST_MS)) {
    expect(pauseMs).toBeLessThanOrEqual(RETRY_MAX_MS)
    const before = opened.length
    pass(pauseMs * 0.99)
    expect(opened.length).toBe(before)
    pass(pauseMs * 0.02)
    expect(opened.length).toBe(before + 1)
    opened.at(-1)!.end()
  }
  expect(stream.state.value).toMatchObject({ sinceMs: 5_000 })
})

test('a silent stream is a cut stream, although its socket lives', () => {
  const { stream, opened, pass } = setUp()
  opened[0]!.event(HELLO)
  pass(SILENCE_MAX_MS - 1)
  opened[0]!.event({ type: 'tick', nowMs: 2_000 })
  pass(SILENCE_MAX_MS - 1)
  expect(stream.state.value.kind).toBe('live')
  pass(2)
  expect(stream.state.value.kind).toBe('cut')
  expect(opened[0]!.isClosed).toBe(true)
})

test('asked to try again it tries at once, and a hello makes it live', () => {
  const { stream, opened } = setUp()
  opened[0]!.end()
  stream.retry()
  expect(opened.length).toBe(2)
  opened[1]!.event(HELLO)
  expect(stream.state.value.kind).toBe('live')
  stream.retry()
  expect(opened.length).toBe(2)
})

test('a closed stream opens nothing any more', () => {
  const { stream, opened, pass } = setUp()
  stream.close()
  pass(60_000)
  expect(opened.length).toBe(1)
})

function clockAt(startWallMs: number) {
  const time = { monotonic: 50, wall: startWallMs }
  const clock = createHubClock({ monotonicMs: () => time.monotonic, wallMs: () => time.wall })
  const pass = (ms: number, wallMs = ms) => {
    time.monotonic += ms
    time.wall += wallMs
  }
  return { clock, pass }
}

test('a phone whose clock is wrong by a year counts the time of the hub', () => {
  const { clock, pass } = clockAt(Date.UTC(2025, 0))
  expect(clock.nowMs.value).toBeNull()
  clock.heard(Date.UTC(2026, 0))
  pass(3_000)
  clock.tick()
  expect(clock.nowMs.value).toBe(Date.UTC(2026, 0) + 3_000)
})

test('after a sleep in which only the wall clock went on, values are as old as they are', () => {
  const { clock, pass } = clockAt(0)
  clock.heard(1_000_000)
  pass(10, 600_000)
  clock.tick()
  expect(clock.nowMs.value).toBe(1_600_000)
})

test('a wall clock that jumps back takes nothing from any age', () => {
  const { clock, pass } = clockAt(0)
  clock.heard(1_000_000)
  pass(5_000, -3_600_000)
  clock.tick()
  expect(clock.nowMs.value).toBe(1_005_000)
})

test('a message that was delayed does not turn time back; a hub whose clock was set is followed', () => {
  const { clock, pass } = clockAt(0)
  clock.heard(1_000_000)
  pass(2_000)
  clock.heard(1_001_200)
  clock.tick()
  expect(clock.nowMs.value).toBe(1_002_000)
  clock.heard(500_000)
  expect(clock.nowMs.value).toBe(500_000)
})
