// What a request brings: JSON bodies of bounded size, held against a schema; the error names the field.
import type { Context } from 'hono'
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'

const BODY_MAX_BYTES = 64 * 1024

/** The body of a request by its schema; an absent body counts as `{}`. Error: BAD_REQUEST, naming the field. */
export async function parseBody<S extends v.GenericSchema>(c: Context, schema: S): Promise<v.InferOutput<S>> {
  if (Number(c.req.header('content-length') ?? 0) > BODY_MAX_BYTES) {
    throw new RoostError('BAD_REQUEST', `the body is larger than ${BODY_MAX_BYTES} bytes`)
  }
  const text = await c.req.text()
  return check(schema, text.trim() === '' ? {} : parseJson(text), 'body')
}

/** `value` by its schema. Error: BAD_REQUEST, naming the field in `where`. */
export function check<S extends v.GenericSchema>(schema: S, value: unknown, where: string): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value)
  if (parsed.success) return parsed.output
  const issue = parsed.issues[0]
  const path = v.getDotPath(issue)
  throw new RoostError('BAD_REQUEST', `${where}${path ? ` "${path}"` : ''}: ${issue.message}`)
}

/** A query parameter: milliseconds since 1970. */
export const timeParam = v.pipe(
  v.string(),
  v.regex(/^\d{1,15}$/, 'is no time in milliseconds since 1970'),
  v.transform(Number),
)
/** A query parameter: how many at most, 1 to `max`. */
export const limitParam = (max: number, preset: number) =>
  v.optional(
    v.pipe(
      v.string(),
      v.regex(/^\d{1,9}$/, 'is no whole number'),
      v.transform(Number),
      v.minValue(1, 'is less than 1'),
      v.maxValue(max, `is more than ${max}`),
    ),
    String(preset),
  )

/** A query parameter: go on after this uid. */
export const afterParam = v.exactOptional(v.pipe(v.string(), v.maxLength(64)))

/** At most `limit` rows after the uid `after`, in the order of their uids, and the uid after which the next page begins; null when there is none. Pure. */
export function pageByUid<T extends { uid: string }>(
  all: readonly T[],
  { limit, after }: { limit: number; after?: string },
): { rows: T[]; next: string | null } {
  const sorted = all.toSorted((a, b) => (a.uid < b.uid ? -1 : 1))
  const rest = after === undefined ? sorted : sorted.filter(({ uid }) => uid > after)
  const rows = rest.slice(0, limit)
  return { rows, next: rest.length > limit ? rows.at(-1)!.uid : null }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new RoostError('BAD_REQUEST', 'the body is no JSON', { cause })
  }
}
