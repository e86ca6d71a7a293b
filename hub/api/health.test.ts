import { expect, test } from 'vitest'
import { healthRoutes } from './health.ts'

async function ask(wrong: Partial<Record<'store' | 'broker' | 'clock', string>>) {
  const app = healthRoutes({
    health: { store: () => wrong.store ?? null },
    ready: { broker: () => wrong.broker ?? null },
    warn: { clock: () => wrong.clock ?? null },
  })
  const answer = async (path: string) => {
    const response = await app.request(path)
    return [response.status, await response.json()]
  }
  return { health: await answer('/healthz'), ready: await answer('/readyz') }
}

test('a hub that cannot store is neither well nor ready', async () => {
  expect(await ask({ store: 'the card is full' })).toEqual({
    health: [503, { status: 'failing', failed: { store: 'the card is full' } }],
    ready: [503, { status: 'not-ready', failed: { store: 'the card is full' }, warnings: {} }],
  })
})

test('a hub that nobody can reach is not ready, and no restart is asked for', async () => {
  expect(await ask({ broker: 'does not listen' })).toEqual({
    health: [200, { status: 'ok', failed: {} }],
    ready: [503, { status: 'not-ready', failed: { broker: 'does not listen' }, warnings: {} }],
  })
})

test('a hub without the time does its work and says so', async () => {
  expect((await ask({ clock: 'no time' })).ready).toEqual([
    200,
    { status: 'ready', failed: {}, warnings: { clock: 'no time' } },
  ])
})
