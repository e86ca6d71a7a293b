import { expect, test } from 'vitest'
import type { WifiDto } from '../../../hub/api/wifi-dto.ts'
import type { Ask } from './ask.ts'
import { createBoxWifi } from './wifi.ts'

const own = { own: 'roost-abcd', ownPassword: 'ACDEFGHJKM', isOpen: true, joined: null, failure: null }

test('a wish is looked after until the box has tried it', async () => {
  const answers: WifiDto[] = [
    { wifi: { ...own, mode: 'fallback', isBusy: true } },
    { wifi: { ...own, mode: 'fallback', isBusy: false, failure: 'password' } },
  ]
  const sent: unknown[] = []
  let waits = 0
  const ask: Ask = {
    get: async <T>() => answers.shift() as T,
    async send<T>(_method: string, _path: string, body?: unknown) {
      sent.push(body)
      return { ok: true as const, answer: { wifi: { ...own, mode: 'fallback', isBusy: true } } as T }
    },
  }
  const model = createBoxWifi(ask, async () => void waits++)
  model.choose('join')
  await model.wish('join', 'Hill Farm', 'wrong horse')
  expect(sent).toEqual([{ mode: 'join', ssid: 'Hill Farm', password: 'wrong horse' }])
  expect(waits).toBe(2)
  expect(model.asked.value?.wifi).toMatchObject({ isBusy: false, failure: 'password' })
  expect(model.chosen.value).toBeNull()
})
