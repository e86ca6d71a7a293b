import { expect, test } from 'vitest'
import type { NodeUpdateDto } from '../../../hub/api/ota-dto.ts'
import { createAsk } from './ask.ts'
import { bodyOf, createUpdates, inOrder, sumUp } from './updates.ts'

const node = (state: NodeUpdateDto['state'], trouble: string | null = null): NodeUpdateDto => ({
  uid: `rn-${state}`,
  house: 'home/h1',
  stage: 0,
  state,
  percent: 0,
  tries: 1,
  code: null,
  text: null,
  trouble,
})

test('nodes stand with what is wrong first, and each is counted once', () => {
  const nodes = [
    node('confirmed'),
    node('waiting'),
    node('downloading'),
    node('rolled-back'),
    node('confirmed', 'silent'),
  ]
  expect(inOrder(nodes).map(({ state }) => state)).toEqual([
    'rolled-back',
    'confirmed',
    'downloading',
    'waiting',
    'confirmed',
  ])
  expect(sumUp(nodes)).toEqual({ done: 1, underWay: 1, waiting: 1, bad: 2 })
})

test('a wish names a node, a house or the farm', () => {
  const wish = { firmware: 'f', soakMinutes: 30, isNightly: false }
  expect(bodyOf({ ...wish, to: '' })).toEqual({ firmware: 'f', plan: { soakMinutes: 30 } })
  expect(bodyOf({ ...wish, to: 'home/h1' })).toMatchObject({ house: 'home/h1' })
  expect(bodyOf({ ...wish, to: 'rn-0123456789ab', isNightly: true })).toMatchObject({
    uids: ['rn-0123456789ab'],
    plan: { window: { fromMinute: 1_320, toMinute: 300 } },
  })
})

test('the hub’s own words are shown when it refuses a file, and nothing is claimed when it is away', async () => {
  const answers: Record<string, unknown> = {
    '/api/v1/firmware': { firmware: [], keys: [] },
    '/api/v1/rollouts': { rollouts: [] },
  }
  let isAway = false
  const fetchUrl = (async (path: string, init?: RequestInit) => {
    if (isAway) throw new Error('away')
    if (init?.method === 'POST') return Response.json({ detail: 'it is not signed (unsigned)' }, { status: 422 })
    return Response.json(answers[path])
  }) as typeof fetch
  const updates = createUpdates({ ask: createAsk(fetchUrl), fetchUrl })
  await updates.reload()
  expect(updates.state.value).toMatchObject({ kind: 'ready', shown: null })
  expect(updates.isLive.value).toBe(false)
  await updates.upload(new Blob(['x']))
  expect(updates.said.value).toEqual({ ok: false, why: 'it is not signed (unsigned)' })
  isAway = true
  await updates.act('x', 'halt')
  expect(updates.said.value).toEqual({ ok: false, why: '' })
  expect(updates.state.value.kind).toBe('error')
})
