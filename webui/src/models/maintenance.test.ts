import { expect, test } from 'vitest'
import { createAsk } from './ask.ts'
import { createMaintenance } from './maintenance.ts'

const answers: Record<string, unknown> = {
  '/api/v1/maintenance/look': {},
  '/api/v1/maintenance': { lookedAtMs: 1, findings: [] },
  '/api/v1/maintenance/diagnostics': { diagnostics: [] },
}

test('what the hub found is shown, and a hub that does not answer is said so, not shown as "all well"', async () => {
  let isThere = true
  const fetchUrl = async (path: string) => {
    if (!isThere) throw new TypeError('no network')
    return Response.json(answers[path])
  }
  const maintenance = createMaintenance(createAsk(fetchUrl as typeof fetch))
  expect(maintenance.found.state.value.kind).toBe('loading')
  isThere = false
  await maintenance.reload()
  expect(maintenance.found.state.value.kind).toBe('error')
  isThere = true
  await maintenance.look()
  expect([maintenance.found.value, maintenance.codes.value, maintenance.problem.value]).toEqual([
    { lookedAtMs: 1, findings: [] },
    { diagnostics: [] },
    null,
  ])
  isThere = false
  await maintenance.look()
  expect(maintenance.problem.value).toBe('')
})
