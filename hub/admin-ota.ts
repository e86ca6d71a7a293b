// Firmware and release keys over the admin socket; `roost firmware …` and `roost release-key …` ask.
//   POST /ota {"do": "keys"} · {"do": "trust", "publicKey"} · {"do": "retire", "id"} → KnownKey[]
//             {"do": "list"} · {"do": "add", "path"} · {"do": "remove", "id"} → Entry[]; `path` is of this machine
import * as v from 'valibot'
import type { Disk } from './core/disk.ts'
import { RoostError } from './core/errors.ts'
import { readWhole } from './core/replace-file.ts'
import type { Catalogue, Entry } from './ota/catalogue.ts'
import { RELEASE_MAX_BYTES } from './ota/release.ts'
import type { KnownKey, ReleaseKeys } from './ota/release-keys.ts'

const id = v.pipe(v.string(), v.regex(/^[0-9a-f]{16}$/, 'is no id'))
const requestSchema = v.variant('do', [
  v.strictObject({ do: v.literal('keys') }),
  v.strictObject({
    do: v.literal('trust'),
    publicKey: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is no public key')),
  }),
  v.strictObject({ do: v.literal('retire'), id }),
  v.strictObject({ do: v.literal('list') }),
  v.strictObject({ do: v.literal('add'), path: v.pipe(v.string(), v.maxLength(4_096)) }),
  v.strictObject({ do: v.literal('remove'), id }),
])
export type OtaRequest = v.InferInput<typeof requestSchema>
export interface OtaAnswer {
  keys: readonly KnownKey[]
  firmware: readonly Entry[]
}

export interface OtaOffice {
  keys: ReleaseKeys
  catalogue: Catalogue
  disk: Disk
  /** The firmware that a rollout is giving to nodes now; null: none. */
  inUse(): string | null
}

/** Does what a request asks for, text or not; how things then stand. BAD_REQUEST, BUSY, FIRMWARE_UNKNOWN, IMAGE_REFUSED, TOO_MANY, DISK. */
export async function doOtaRequest(office: OtaOffice, request: unknown): Promise<OtaAnswer> {
  const { keys, catalogue, disk } = office
  let value = request
  try {
    if (typeof request === 'string') value = JSON.parse(request)
  } catch (cause) {
    throw new RoostError('BAD_REQUEST', 'the request is no JSON', { cause })
  }
  const parsed = v.safeParse(requestSchema, value)
  if (!parsed.success) throw new RoostError('BAD_REQUEST', `the request cannot be used: ${parsed.issues[0].message}`)
  const wish = parsed.output
  if (wish.do === 'trust') await keys.trust(wish.publicKey)
  if (wish.do === 'retire') await keys.retire(wish.id)
  if (wish.do === 'remove') {
    if (office.inUse() === wish.id) throw new RoostError('BUSY', 'a rollout of this firmware is not over')
    await catalogue.remove(wish.id)
  }
  if (wish.do === 'add') {
    const file = await readWhole(disk, wish.path, RELEASE_MAX_BYTES)
    if (!file) throw new RoostError('BAD_REQUEST', `there is no ${wish.path}`)
    await catalogue.add(file)
  }
  return { keys: keys.list(), firmware: catalogue.list() }
}
