import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RESTART_GRACE_MS } from './liveness.ts'
import { createSilences, OTHERS_MAX, SILENT_AFTER_MS, silenceAt } from './silence.ts'

const from = (n: number) => ({ key: `window~${n}`, family: 'window' as const })
const open = (startedMs = 0) => {
  const forgotten: string[] = []
  return { silences: createSilences(startedMs, (key) => forgotten.push(key)), forgotten }
}

test('a device is silent a minute after its last message, is told once, and back with the next one', () => {
  const { silences } = open()
  expect(silences.heard(from(1), 1_000)).toEqual({ isNew: true, change: null })
  expect(silences.sweep(1_000 + SILENT_AFTER_MS)).toEqual([])
  expect(silences.sweep(1_001 + SILENT_AFTER_MS)).toMatchObject([{ kind: 'device-silent', device: from(1) }])
  expect(silences.sweep(2_000 + SILENT_AFTER_MS)).toEqual([])
  expect(silences.heard(from(1), 500_000)).toMatchObject({ isNew: false, change: { kind: 'device-back' } })
  expect(silences.heard(from(1), 500_001)).toEqual({ isNew: false, change: null })
})

test('each device has its own time, and what staff decide is not told as an outage', () => {
  const { silences } = open()
  silences.heard(from(1), 0)
  silences.heard(from(2), 0)
  silences.set(from(1).key, { silentAfterMs: 3_600_000, name: 'scales' }, 0)
  expect(silences.sweep(100_000).map(({ device }) => device.key)).toEqual([from(2).key])
  silences.set(from(1).key, { silentAfterMs: 10_000 }, 100_000)
  expect(silences.get(from(1).key)).toMatchObject({ silence: 'silent', name: 'scales' })
  expect(silences.sweep(101_000)).toEqual([])
  expect(silences.set('window~9', { name: null }, 0)).toBe(false)
})

test('after a restart of the hub nobody is declared silent before he had the time to speak, and who was silent stays so', () => {
  const startedMs = 5_000
  const { silences } = open(startedMs)
  const known = { family: 'window', name: null, wasSilent: false } as const
  silences.know({ ...known, key: 'window~1', silentAfterMs: 10_000 })
  silences.know({ ...known, key: 'window~2', silentAfterMs: 600_000 })
  silences.know({ ...known, key: 'window~3', silentAfterMs: 10_000, wasSilent: true })
  expect([...silences.list()].map(({ silence }) => silence)).toEqual(['waiting', 'waiting', 'silent'])
  expect(silences.sweep(startedMs + RESTART_GRACE_MS)).toEqual([])
  const after = silences.sweep(startedMs + RESTART_GRACE_MS + 1)
  expect(after.map(({ device }) => device.key)).toEqual(['window~1'])
  expect(silences.heard({ key: 'window~2', family: 'window' }, startedMs + 300_000)?.change).toBeNull()
  expect(silences.heard({ key: 'window~3', family: 'window' }, startedMs + 300_000)?.change?.kind).toBe('device-back')
})

test('the one that is silent longest makes room; while all live, a stranger gets none', () => {
  const { silences, forgotten } = open()
  for (let n = 0; n < OTHERS_MAX; n++) silences.heard(from(n), n)
  silences.sweep(OTHERS_MAX)
  expect(silences.heard(from(90_000), OTHERS_MAX)).toBeNull()
  const nowMs = OTHERS_MAX + SILENT_AFTER_MS
  for (let n = 0; n < OTHERS_MAX; n++) if (n !== 7 && n !== 3) silences.heard(from(n), nowMs)
  silences.sweep(nowMs + 1)
  expect(silences.heard(from(90_000), nowMs + 1)).toEqual({ isNew: true, change: null })
  expect(silences.heard(from(90_001), nowMs + 1)).toEqual({ isNew: true, change: null })
  expect(silences.heard(from(90_002), nowMs + 1)).toBeNull()
  expect(forgotten).toEqual([from(3).key, from(7).key])
})

test('whatever comes when, a device counts as live exactly as long as its time since its last message', () => {
  const step = fc.record({ n: fc.nat(3), afterMs: fc.nat(90_000) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { silences } = open()
      const last = new Map<number, number>()
      let nowMs = 0
      for (const { n, afterMs } of steps) {
        nowMs += afterMs
        silences.sweep(nowMs)
        for (const [each, lastHeardMs] of last) {
          const vital = { lastHeardMs, wasSilent: false, silentAfterMs: SILENT_AFTER_MS }
          expect(silences.get(from(each).key)?.silence).toBe(silenceAt(vital, 0, nowMs))
        }
        silences.heard(from(n), nowMs)
        last.set(n, nowMs)
      }
    }),
  )
})
