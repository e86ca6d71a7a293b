// GET and POST /api/v1/enrolments, DELETE /api/v1/enrolments/{id}: one-time codes with which staff let a new node in.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Clock } from '../core/clock.ts'
import { RoostError } from '../core/errors.ts'
import { isUid, parsePlace, placeText } from '../core/ids.ts'
import type { Codes, Enrolment } from '../onboarding/codes.ts'
import type { EnrolmentCodeDto, EnrolmentDto } from './contract.ts'
import { route } from './openapi/route.ts'

const enrolmentSchema = v.strictObject({
  place: v.exactOptional(
    v.pipe(
      v.string(),
      v.transform(parsePlace),
      v.check((place) => place !== null, 'is not site/house/node'),
    ),
  ),
  uid: v.exactOptional(v.pipe(v.string(), v.check(isUid, 'is not rn- and 12 hex digits'))),
  /** The node at this place, which the new one takes over from. */
  replaces: v.exactOptional(v.pipe(v.string(), v.check(isUid, 'is not rn- and 12 hex digits'))),
  minutes: v.exactOptional(v.number()),
})

export interface EnrolmentSources {
  clock: Clock
  /** null: the hub takes no new nodes over the network. */
  enrolments: {
    codes: Codes
    port: number
    /** SHA-256 of the farm CA's certificate, hex. */
    caSha256(): string
  } | null
}

const enrolmentEntries = {
  id: v.string(),
  place: v.nullable(v.string()),
  uid: v.nullable(v.string()),
  replaces: v.nullable(v.string()),
  expiresMs: v.number(),
}
const enrolmentShape: v.GenericSchema<EnrolmentDto> = v.strictObject(enrolmentEntries)
const codeShape: v.GenericSchema<EnrolmentCodeDto> = v.strictObject({
  ...enrolmentEntries,
  code: v.string(),
  port: v.number(),
  caSha256: v.string(),
  qr: v.string(),
})
const docs = {
  list: route({
    summary: 'Codes that wait for a node, without the codes themselves',
    answers: { 200: v.strictObject({ enrolments: v.array(enrolmentShape) }) },
    errors: ['ENROLMENT_OFF'],
  }),
  open: route({
    summary: 'A one-time code with which a new node comes in',
    body: enrolmentSchema,
    answers: { 201: codeShape },
    errors: ['ENROLMENT_OFF', 'TOO_MANY'],
  }),
  close: route({ summary: 'Take a code back', answers: { 204: null }, errors: ['ENROLMENT_OFF', 'CODE_WRONG'] }),
}

export function enrolmentRoutes({ clock, enrolments }: EnrolmentSources) {
  const opened = () => {
    if (!enrolments) throw new RoostError('ENROLMENT_OFF', 'the hub was started with --enrol off')
    return enrolments
  }
  const view = ({ id, place, uid, replaces, untilMs }: Enrolment): EnrolmentDto => ({
    id,
    place: place && placeText(place),
    uid,
    replaces,
    expiresMs: Math.round(clock.wallMs() + untilMs - clock.monotonicMs()),
  })
  return new Hono()
    .get('/', docs.list, (c) => c.json<{ enrolments: EnrolmentDto[] }>({ enrolments: opened().codes.list().map(view) }))
    .post('/', docs.open, async (c) => {
      const { place = null, uid = null, replaces = null, minutes } = c.req.valid('json')
      const { codes, port, caSha256 } = opened()
      const { code, enrolment } = codes.open({ place, uid, minutes, replaces })
      const qr = `roost-enrol:1?code=${code}&port=${port}&ca=${caSha256()}`
      return c.json<EnrolmentCodeDto>({ ...view(enrolment), code, port, caSha256: caSha256(), qr }, 201)
    })
    .delete('/:id', docs.close, (c) => {
      if (!opened().codes.close(c.req.param('id'))) throw new RoostError('CODE_WRONG', 'no such enrolment is open')
      return c.body(null, 204)
    })
}
