// The public keys whose releases this box takes. Private keys stay with whoever releases; the box never sees one.
import * as v from 'valibot'
import type { Disk } from '../core/disk.ts'
import { RoostError } from '../core/errors.ts'
import type { Log } from '../core/log.ts'
import { createJsonFile } from '../registry/json-file.ts'
import { keyIdOf, type ReleaseKey } from './release.ts'

const KEYS_MAX = 16

const schema = v.looseObject({
  keys: v.array(
    v.object({
      id: v.string(),
      publicKey: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      isRetired: v.boolean(),
      addedMs: v.number(),
    }),
  ),
})
type Document = v.InferOutput<typeof schema>
export type KnownKey = Document['keys'][number]

export interface ReleaseKeys {
  list(): readonly KnownKey[]
  /** Trusts a raw public key (hex); one that is known already stays as it is. TOO_MANY, DISK. */
  trust(publicKey: string): Promise<ReleaseKey>
  /** Nothing that it signed is taken or sent any more. BAD_REQUEST for an unknown one, DISK. */
  retire(id: string): Promise<void>
}

/** REGISTRY_CORRUPT, FORMAT_NEWER, DISK. */
export async function openReleaseKeys(parts: {
  dir: string
  disk: Disk
  log: Log
  nowMs: () => number
}): Promise<ReleaseKeys> {
  const { nowMs } = parts
  const file = createJsonFile<Document>({
    dir: parts.dir,
    disk: parts.disk,
    log: parts.log,
    name: 'release-keys',
    format: 1,
    parse: (value) => v.parse(schema, value),
    count: ({ keys }) => keys.length,
  })
  let document: Document = (await file.read()) ?? { keys: [] }
  async function save(keys: KnownKey[]) {
    const next = { ...document, keys }
    await file.write(next)
    document = next
  }
  return {
    list: () => document.keys,
    async trust(publicKey) {
      const id = keyIdOf(publicKey)
      const known = document.keys.find((key) => key.id === id)
      if (known) return known
      if (document.keys.length >= KEYS_MAX)
        throw new RoostError('TOO_MANY', `${KEYS_MAX} release keys are known already`)
      const key = { id, publicKey, isRetired: false, addedMs: nowMs() }
      await save([...document.keys, key])
      return key
    },
    async retire(id) {
      if (!document.keys.some((key) => key.id === id))
        throw new RoostError('BAD_REQUEST', `no release key is named ${id}`)
      await save(document.keys.map((key) => (key.id === id ? { ...key, isRetired: true } : key)))
    },
  }
}
