import { expect, test } from 'vitest'
import type { Ask } from './ask.ts'
import { createNodeCommands } from './node-commands.ts'

test('a command is under way until its node has answered, and says why when it did not', async () => {
  const kinds: (string | undefined)[] = []
  let problem: string | null = 'timeout'
  const ask = {
    get: () => Promise.reject(new Error('not asked')),
    async send<T>() {
      kinds.push(model.state.value?.kind)
      return problem === null ? { ok: true as const, answer: { ok: true } as T } : { ok: false as const, problem }
    },
  } satisfies Ask
  const model = createNodeCommands(ask, 'rn-1')
  await model.run('identify')
  expect(model.state.value).toEqual({ kind: 'failed', command: 'identify', why: 'timeout' })
  problem = null
  await model.run('read')
  expect([kinds, model.state.value]).toEqual([
    ['under-way', 'under-way'],
    { kind: 'done', command: 'read', answer: { ok: true } },
  ])
})
