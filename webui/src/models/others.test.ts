import { expect, test } from 'vitest'
import type { OtherDto } from '../../../hub/api/contract.ts'
import { createAsk } from './ask.ts'
import { createOthers, inOrder } from './others.ts'

const other = (id: string, rest: Partial<OtherDto> = {}): OtherDto => ({
  id,
  family: 'window',
  name: null,
  state: 'live',
  firstHeardMs: 0,
  lastHeardMs: 1e3,
  silentAfterS: 60,
  ...rest,
})

test('who is silent stands first, the longest silent on top', () => {
  const list = [
    other('b'),
    other('c', { state: 'silent', lastHeardMs: 900 }),
    other('a'),
    other('d', { state: 'silent', lastHeardMs: 100 }),
    other('e', { state: 'waiting' }),
  ]
  expect(inOrder(list).map(({ id }) => id)).toEqual(['d', 'c', 'e', 'a', 'b'])
})

function openHub(answerTo: (method: string, body: unknown) => Response) {
  const asked: unknown[] = []
  const ask = createAsk((async (url: string, init?: RequestInit) => {
    const method = init?.method ?? 'GET'
    if (method === 'GET') return Response.json({ others: [other('window~w1')], next: null })
    asked.push([method, url, init?.body ? JSON.parse(String(init.body)) : null])
    return answerTo(method, init?.body)
  }) as typeof fetch)
  return { model: createOthers(ask), asked }
}

test('a change is sent as it was chosen, and an empty name is none', async () => {
  const { model, asked } = openHub(() => Response.json(other('window~w1')))
  await model.reload()
  expect(model.state.value).toMatchObject({ kind: 'ready', isMore: false })
  model.edit('window~w1')
  await model.save('window~w1', '  ', 5_400)
  await model.forget('window~w1')
  expect(asked).toEqual([
    ['PATCH', '/api/v1/others/window~w1', { name: null, silentAfterS: 5_400 }],
    ['DELETE', '/api/v1/others/window~w1', null],
  ])
  expect(model.editing.value).toBeNull()
})

test('a refused change keeps the form open with the hub’s own words', async () => {
  const { model } = openHub(() => Response.json({ detail: 'the card is full' }, { status: 507 }))
  model.edit('window~w1')
  await model.save('window~w1', 'Scales', 60)
  expect(model.editing.value).toBe('window~w1')
  expect(model.problem.value).toBe('the card is full')
})
