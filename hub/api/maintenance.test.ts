import { expect, test } from 'vitest'
import { createSimClock, SIM_START_MS } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { openStore } from '../store/open.ts'
import { encodeCbor } from '../wire/cbor.ts'
import { maintenanceRoutes } from './maintenance.ts'

const log = createLog(
  () => {},
  () => 0,
)

test('outages are listed newest first, by node and by time; what the hub noted otherwise is not among them', async () => {
  const clock = createSimClock()
  await using store = await openStore({ dir: '/store', disk: createSimDisk(), clock, log })
  const tell = (minute: number, uid: string, body: Parameters<typeof encodeCbor>[0]) =>
    store.appendEvent({ tMs: SIM_START_MS + minute * 60_000, kind: 'hub', uid, body: encodeCbor(body) })
  tell(1, '', { v: 1, event: 'house-lost', house: 'farm/h1', uids: ['rn-1', 'rn-2', 'rn-3'] })
  tell(2, 'rn-4', { v: 1, event: 'flapping', losses: 3 })
  tell(3, 'rn-4', { other: 1 })
  await new Promise((resolve) => store.commit(() => resolve(null)))
  const maintenance = { findings: () => [], diagnostics: () => [], lookedAtMs: () => null, lookAtAll: async () => {} }
  const app = maintenanceRoutes({ maintenance, store, registry: { get: () => undefined } })
  const list = async (query: string) =>
    ((await (await app.request(`/events${query}`)).json()) as { events: { event: string; about: object }[] }).events
  expect((await list('')).map(({ event }) => event)).toEqual(['flapping', 'house-lost'])
  expect(await list('?uid=rn-4')).toMatchObject([{ event: 'flapping', about: { losses: 3 } }])
  expect(await list(`?to=${SIM_START_MS + 90_000}`)).toMatchObject([{ about: { uids: ['rn-1', 'rn-2', 'rn-3'] } }])
})
