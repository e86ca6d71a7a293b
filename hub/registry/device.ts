// What the registry keeps of one device, and the document that holds them all.
import * as v from 'valibot'
import { isUid, type Place } from '../core/ids.ts'

/** How a device stood when the hub last looked; the supervisor's names, in the order in which silence grows. */
export const LAST_LIVENESS = ['never-seen', 'online', 'late', 'offline'] as const
export type LastLiveness = (typeof LAST_LIVENESS)[number]

export interface SensorFacts {
  readonly unit: string
  /** What it measures ("temperature"), from the node's own report; null while unknown. */
  readonly quantity: string | null
  /** The part that measures ("scd41"); null while unknown. */
  readonly kind: string | null
  /** It stands in for another sensor of the same quantity. */
  readonly backup: boolean
}

export interface Device {
  readonly uid: string
  /** null while staff have not given it one. */
  readonly place: Place | null
  /** Wall time at which the registry learnt of it. */
  readonly addedMs: number
  /** `staff`: provisioned; `self`: its first authenticated message came before anybody added it. */
  readonly addedBy: 'staff' | 'self'
  readonly firstSeenMs: number | null
  readonly lastSeenMs: number | null
  readonly firmware: string | null
  /** Hex, of the certificate that was issued last. */
  readonly certificateSerial: string | null
  readonly certificateNotAfterMs: number | null
  readonly lastLiveness: LastLiveness
  readonly sensors: Readonly<Record<string, SensorFacts>>
}

/** The file's format; raised only when an older version could not use the file any more. */
export const REGISTRY_FORMAT = 1

export interface RegistryDocument {
  devices: Record<string, Device>
}

const nullableMs = v.nullable(v.number())
const part = v.string()

// Loose objects: keys that a newer version added survive an update that is rolled back.
const sensorSchema = v.looseObject({
  unit: v.string(),
  quantity: v.nullable(v.string()),
  kind: v.nullable(v.string()),
  backup: v.boolean(),
})

const deviceSchema = v.looseObject({
  uid: v.pipe(v.string(), v.check(isUid, 'no uid')),
  place: v.nullable(v.object({ site: part, house: part, node: part })),
  addedMs: v.number(),
  addedBy: v.picklist(['staff', 'self']),
  firstSeenMs: nullableMs,
  lastSeenMs: nullableMs,
  firmware: v.nullable(v.string()),
  certificateSerial: v.nullable(v.string()),
  certificateNotAfterMs: nullableMs,
  lastLiveness: v.picklist(LAST_LIVENESS),
  sensors: v.record(v.string(), sensorSchema),
})

const documentSchema = v.looseObject({ devices: v.record(v.string(), deviceSchema) })

/** The document from untyped JSON; throws a ValiError that names the first thing that is wrong. */
export const parseRegistryDocument = (value: unknown): RegistryDocument => v.parse(documentSchema, value)
