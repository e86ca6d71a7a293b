import { expect, test } from 'vitest'
import { createAsk } from './ask.ts'
import { createFarmSettings, firstNodePath } from './farm-settings.ts'

const FARM = { name: 'Hill', language: 'en', firstHouse: 'North house' }

test('a change shows what the hub has then, a refusal leaves what was', async () => {
  let farm = FARM
  const fetchUrl = (async (_url: string, init?: RequestInit) => {
    const change = init?.body ? (JSON.parse(String(init.body)) as { name?: string }) : {}
    if (change.name === '') return new Response(JSON.stringify({ detail: 'too short' }), { status: 400 })
    farm = { ...farm, ...change }
    return new Response(JSON.stringify({ farm, languages: ['en', 'de'] }))
  }) as typeof fetch
  const model = createFarmSettings(createAsk(fetchUrl))
  await model.reload()
  expect(await model.change({ language: 'de' })).toBe(true)
  expect(model.settings.value?.farm).toEqual({ ...FARM, language: 'de' })
  expect(await model.change({ name: '' })).toBe(false)
  expect([model.problem.value, model.settings.value?.farm?.name]).toEqual(['too short', 'Hill'])
})

test('the first node is added in the house that was named at the claim', () => {
  expect(firstNodePath({ farm: FARM, languages: [] })).toBe('/add?house=North%20house')
  expect(firstNodePath({ farm: { ...FARM, firstHouse: null }, languages: [] })).toBe('/add')
  expect(firstNodePath(null)).toBe('/add')
})
