// Who the nodes are, over the admin socket; `roost node revoke` and `roost node enrol-code` ask.
//   POST /identity {"do": "revoke", "uid"} · {"do": "revoke", "serial"} → CertificateStatus
//   POST /identity {"do": "enrol-code", "place"?, "uid"?, "minutes"?} → EnrolCode
import * as v from 'valibot'
import { RoostError } from './core/errors.ts'
import { isUid, parsePlace } from './core/ids.ts'
import type { Codes } from './onboarding/codes.ts'
import type { Pki } from './pki/pki.ts'

const uid = v.pipe(v.string(), v.check(isUid, 'is not rn- and 12 hex digits'))
const requestSchema = v.union([
  v.strictObject({ do: v.literal('revoke'), uid }),
  v.strictObject({ do: v.literal('revoke'), serial: v.string() }),
  v.strictObject({
    do: v.literal('enrol-code'),
    place: v.optional(v.string()),
    uid: v.optional(uid),
    minutes: v.optional(v.number()),
  }),
])
export type IdentityRequest = v.InferOutput<typeof requestSchema>

export interface EnrolCode {
  code: string
  minutes: number
  port: number
  caSha256: string
}

export interface IdentityOffice {
  pki: Pick<Pki, 'revoke'>
  /** null while the hub takes no new nodes over the network, or does not run. */
  enrolments: { codes: Codes; port: number; caSha256(): string } | null
}

/** Does what the text of a request asks for. BAD_REQUEST, ENROLMENT_OFF and the errors of Pki and Codes. */
export async function changeIdentity(office: IdentityOffice, text: string): Promise<EnrolCode | null> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new RoostError('BAD_REQUEST', 'the request is no JSON', { cause })
  }
  const parsed = v.safeParse(requestSchema, json)
  if (!parsed.success) throw new RoostError('BAD_REQUEST', `the request cannot be used: ${parsed.issues[0].message}`)
  return doIdentityRequest(office, parsed.output)
}

/** The same with a request that was checked. */
export async function doIdentityRequest(office: IdentityOffice, request: IdentityRequest): Promise<EnrolCode | null> {
  if (request.do === 'revoke') {
    await office.pki.revoke('uid' in request ? { uid: request.uid } : { serial: request.serial })
    return null
  }
  const { enrolments } = office
  if (!enrolments) throw new RoostError('ENROLMENT_OFF', 'the hub does not run, or takes no new nodes (--enrol off)')
  const place = request.place === undefined ? null : parsePlace(request.place)
  if (request.place !== undefined && !place) throw new RoostError('BAD_REQUEST', 'place is not site/house/node')
  const { code, minutes } = enrolments.codes.open({ place, uid: request.uid ?? null, minutes: request.minutes })
  return { code, minutes, port: enrolments.port, caSha256: enrolments.caSha256() }
}
