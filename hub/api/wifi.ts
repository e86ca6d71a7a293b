// GET and PUT /api/v1/wifi: the box's own Wi-Fi, or the box in that of the farm.
import { Hono } from 'hono'
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import { oddWish, WIFI_FAILURES, WIFI_MODES, type Wifi } from '../core/wifi.ts'
import { route } from './openapi/route.ts'
import type { WifiDto } from './wifi-dto.ts'

export interface WifiSources {
  /** null where the hub does not run on a box of ours; `password` is of the box's own. */
  wifi: { port: Wifi; password: string } | null
}

const text = v.string()
const wifiShape: v.GenericSchema<WifiDto> = v.strictObject({
  wifi: v.nullable(
    v.strictObject({
      mode: v.picklist(WIFI_MODES),
      own: text,
      ownPassword: text,
      isOpen: v.boolean(),
      joined: v.nullable(text),
      isBusy: v.boolean(),
      failure: v.nullable(v.picklist(WIFI_FAILURES)),
    }),
  ),
})
const wishSchema = v.variant('mode', [
  v.strictObject({ mode: v.picklist(['fallback', 'always']) }),
  v.strictObject({
    mode: v.literal('join'),
    ssid: v.pipe(text, v.maxLength(64)),
    password: v.pipe(text, v.maxLength(128)),
  }),
])
const docs = {
  show: route({ summary: 'The Wi-Fi of the box; null where it is not ours to set', answers: { 200: wifiShape } }),
  set: route({
    summary: 'Wish for another Wi-Fi; the box tries it, and goes back when it fails',
    body: wishSchema,
    answers: { 202: wifiShape },
    errors: ['BAD_REQUEST', 'BUSY', 'DISK'],
  }),
}

export function wifiRoutes({ wifi }: WifiSources) {
  const show = async (): Promise<WifiDto> => {
    const status = wifi ? await wifi.port.status() : null
    return { wifi: status && { ...status, ownPassword: wifi!.password } }
  }
  return new Hono()
    .get('/', docs.show, async (c) => c.json(await show()))
    .put('/', docs.set, async (c) => {
      const wish = c.req.valid('json')
      const odd = oddWish(wish)
      if (odd !== null) throw new RoostError('BAD_REQUEST', odd)
      if (!wifi) throw new RoostError('BAD_REQUEST', 'this hub has no Wi-Fi of its own')
      await wifi.port.set(wish)
      const shown = await show()
      // Taken up within a moment: until then the status is the one from before the wish.
      return c.json({ wifi: shown.wifi && { ...shown.wifi, isBusy: true, failure: null } }, 202)
    })
}
