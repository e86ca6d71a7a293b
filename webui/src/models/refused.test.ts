import { expect, test } from 'vitest'
import { createRefused } from './refused.ts'

const LIST = { reasons: [{ reason: 'version', count: 2 }], devicesTotal: 1, devices: [], messages: [] }

test('what was refused is asked, cleared on the hub and asked again; a hub that does not answer is told of', async () => {
  const asked: string[] = []
  let isThere = true
  const refused = createRefused(async (url, init) => {
    asked.push(`${init?.method ?? 'GET'} ${url}`)
    if (!isThere) throw new TypeError('no network')
    return Response.json(LIST)
  })
  expect(refused.state.value).toEqual({ kind: 'loading' })
  await refused.reload()
  expect(refused.state.value).toEqual({ kind: 'ready', list: LIST })
  await refused.clear()
  expect(asked.slice(1)).toEqual(['DELETE /api/v1/quarantine', 'GET /api/v1/quarantine'])
  isThere = false
  await refused.clear()
  expect(refused.state.value).toEqual({ kind: 'error' })
})
