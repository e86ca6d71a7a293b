import { expect, test } from 'vitest'
import { createAsk } from './ask.ts'
import { auditFilePath, auditQuery, createAuditModel, NO_FILTER } from './audit.ts'

const entry = (tMs: number) => ({
  tMs,
  name: 'Ada',
  by: 'session',
  address: '',
  method: 'POST',
  path: '/',
  status: 200,
})

test('a search asks for what was typed, whole days, and no more', () => {
  expect(auditQuery(NO_FILTER).size).toBe(0)
  const query = auditQuery({ name: ' Ada ', what: 'staff', from: '2026-11-01', to: '2026-11-02' })
  expect([query.get('name'), query.get('what')]).toEqual(['Ada', 'staff'])
  expect(Number(query.get('to')) - Number(query.get('from'))).toBe(2 * 86_400_000)
  expect(auditFilePath({ ...NO_FILTER, name: 'Ada' })).toBe('/api/v1/audit?name=Ada&format=csv&limit=5000')
})

test('older ones come after those that are shown, and a new search begins anew', async () => {
  const fetchUrl = (async (url: string) => {
    const before = new URL(url, 'http://hub').searchParams.get('before')
    return new Response(
      JSON.stringify(before ? { entries: [entry(1)], next: null } : { entries: [entry(2)], next: '2-1' }),
    )
  }) as typeof fetch
  const model = createAuditModel(createAsk(fetchUrl))
  await model.find(NO_FILTER)
  await model.more()
  await model.more()
  expect(model.state.value).toMatchObject({ kind: 'ready', entries: [{ tMs: 2 }, { tMs: 1 }], next: null })
  await model.find({ ...NO_FILTER, name: 'Ben' })
  expect(model.state.value).toMatchObject({ entries: [{ tMs: 2 }], next: '2-1' })
})
