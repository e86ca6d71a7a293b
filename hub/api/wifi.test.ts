import { expect, test } from 'vitest'
import { createSimWifi } from '../../test/sim/wifi.ts'
import { isRoostError } from '../core/errors.ts'
import { wifiRoutes } from './wifi.ts'

const put = (app: ReturnType<typeof wifiRoutes>, body: object) =>
  app.request('/', { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** The routes with what the whole application makes of an error. */
function routesOf(sources: Parameters<typeof wifiRoutes>[0]) {
  const app = wifiRoutes(sources)
  app.onError((error, c) => c.text(error.message, isRoostError(error, 'BUSY') ? 503 : 400))
  return app
}

test('a wish is taken and told as being tried; a wrong one is refused by name', async () => {
  const port = createSimWifi()
  port.inReach.set('Hill Farm', 'correct horse')
  const app = routesOf({ wifi: { port, password: 'ACDEFGHJKM' } })
  const shown = await (await app.request('/')).json()
  expect(shown).toMatchObject({ wifi: { mode: 'fallback', own: 'roost-test', ownPassword: 'ACDEFGHJKM' } })

  const refused = await put(app, { mode: 'join', ssid: 'Hill Farm', password: 'short' })
  expect([refused.status, await refused.text()]).toEqual([400, expect.stringContaining('password of a Wi-Fi')])
  expect((await put(app, { mode: 'join' })).status).toBe(400)

  const taken = await put(app, { mode: 'join', ssid: 'Hill Farm', password: 'correct horse' })
  expect([taken.status, await taken.json()]).toMatchObject([202, { wifi: { isBusy: true, failure: null } }])
  expect((await put(app, { mode: 'always' })).status).toBe(503)
  port.settle()
  expect(await (await app.request('/')).json()).toMatchObject({
    wifi: { mode: 'join', joined: 'Hill Farm', isBusy: false },
  })
})

test('a hub that runs on no box of ours shows none, and takes no wish', async () => {
  const app = routesOf({ wifi: null })
  expect(await (await app.request('/')).json()).toEqual({ wifi: null })
  expect((await put(app, { mode: 'always' })).status).toBe(400)
})
