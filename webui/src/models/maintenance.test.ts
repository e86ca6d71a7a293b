import { expect, test } from 'vitest'
import { createMaintenance } from './maintenance.ts'

const answers: Record<string, unknown> = {
  '/api/v1/maintenance': { lookedAtMs: 1, findings: [] },
  '/api/v1/maintenance/diagnostics': { diagnostics: [] },
}

test('what the hub found is shown, and a hub that does not answer is said so, not shown as "all well"', async () => {
  let isThere = true
  const fetchUrl = async (path: string) => {
    if (!isThere) throw new TypeError('no network')
    return Response.json(answers[path])
  }
  const maintenance = createMaintenance(fetchUrl as typeof fetch)
  expect(maintenance.state.value.kind).toBe('loading')
  await maintenance.reload()
  expect(maintenance.state.value).toMatchObject({ kind: 'ready', maintenance: { lookedAtMs: 1 }, diagnostics: [] })
  isThere = false
  await maintenance.reload()
  expect(maintenance.state.value.kind).toBe('error')
})
