// What of the alarms lies on the card: `alarm-state.*.json`, written before a call is made, and `alarm-settings.*.json`, what staff decided.
import * as v from 'valibot'
import type { Disk } from '../core/disk.ts'
import { isRoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import { createJsonFile, type JsonFile } from '../registry/json-file.ts'
import { DEFAULT_RULES } from './default-rules.ts'
import { DEFAULT_PLAN, planSchema } from './plan.ts'
import { type Rule, rulesSchema } from './rule.ts'
import { stateSchema } from './state.ts'

const FORMAT = 1

const keptSchema = v.looseObject({
  mark: v.looseObject({ engineMs: v.number(), wallMs: v.number(), isTrusted: v.boolean() }),
  /** The hub closed by itself: it was not without power. */
  isClosed: v.boolean(),
  state: stateSchema,
})
export type KeptState = v.InferOutput<typeof keptSchema>

export const testItemSchema = v.looseObject({
  id: v.string(),
  what: v.picklist(['siren', 'buzzer', 'call', 'ping']),
  channel: v.string(),
  person: v.nullable(v.string()),
  state: v.picklist(['running', 'sent', 'failed']),
  reason: v.nullable(v.string()),
  /** What people say: it came. */
  heard: v.nullable(v.boolean()),
})
export type TestItem = v.InferOutput<typeof testItemSchema>

const testRunSchema = v.looseObject({
  id: v.number(),
  startedMs: v.number(),
  by: v.string(),
  items: v.array(testItemSchema),
  finishedMs: v.nullable(v.number()),
  result: v.nullable(v.picklist(['passed', 'failed', 'unfinished'])),
})
export type TestRun = v.InferOutput<typeof testRunSchema>

const settingsSchema = v.looseObject({
  /** null: the defaults, also those of a newer version. */
  rules: v.nullable(rulesSchema),
  /** The presets that there were when staff changed `rules`: what a newer version watches too is not among them. */
  presets: v.optional(v.array(v.string()), []),
  plan: planSchema,
  tests: v.array(testRunSchema),
})
export type AlarmSettings = v.InferOutput<typeof settingsSchema>
export const EMPTY_SETTINGS: AlarmSettings = { rules: null, presets: [], plan: DEFAULT_PLAN, tests: [] }

/** The rules by which the box watches: those of staff, and presets of which they could not know. Pure. */
export function rulesOf({ rules, presets }: AlarmSettings): readonly Rule[] {
  if (rules === null) return DEFAULT_RULES
  const known = new Set([...presets, ...rules.map(({ id }) => id)])
  return [...rules, ...DEFAULT_RULES.filter(({ id }) => !known.has(id))]
}

interface Where {
  dir: string
  disk: Disk
  log: Log
}

export interface OpenedFile<T> {
  file: JsonFile<T>
  document: T | null
}

/** Nothing readable is no reason to stand without alarms: what holds now is found again within the delays. FORMAT_NEWER, DISK. */
export async function openStateFile({ dir, disk, log }: Where): Promise<OpenedFile<KeptState>> {
  const make = (name: string) =>
    createJsonFile<KeptState>({ dir, name, format: FORMAT, disk, log, parse: (value) => v.parse(keptSchema, value) })
  const file = make('alarm-state')
  try {
    return { file, document: await file.read() }
  } catch (error) {
    if (!isRoostError(error, 'REGISTRY_CORRUPT')) throw error
    log.error('alarm-state-lost', errorFields(error))
    return { file, document: null }
  }
}

/** REGISTRY_CORRUPT, FORMAT_NEWER, DISK: without its call plan the box would watch and call nobody. */
export async function openSettingsFile({ dir, disk, log }: Where): Promise<OpenedFile<AlarmSettings>> {
  const parse = (value: unknown) => v.parse(settingsSchema, value)
  const file = createJsonFile<AlarmSettings>({ dir, name: 'alarm-settings', format: FORMAT, disk, log, parse })
  return { file, document: await file.read() }
}
