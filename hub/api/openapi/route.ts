// What a route takes and answers, declared where it is handled: it checks the request, and the OpenAPI document is made of the same.
//   .get('/:id', route({ summary: 'One alarm', query, answers: { 200: alarmSchema }, errors: ['ALARM_UNKNOWN'] }), (c) => … c.req.valid('query'))
import type { MiddlewareHandler } from 'hono'
import type * as v from 'valibot'
import type { ErrorCode } from '../../core/errors.ts'
import { check, parseBody } from '../request.ts'

type Status = 200 | 201 | 202 | 204 | 303 | 422 | 503 | 504
/** A schema: JSON of this shape; a text: bytes of this media type; null: no body; several when the request chooses. */
export type Answer = v.GenericSchema | string | null | readonly (v.GenericSchema | string)[]

export interface RouteDoc {
  /** What it is for, in a line. */
  summary: string
  /** Query parameters: an object schema whose entries take text. */
  query?: QuerySchema
  /** The JSON body; an absent one counts as `{}`. */
  body?: v.GenericSchema
  /** A body that the handler reads by itself, by its media type. */
  rawBody?: string
  /** Request headers that it looks at, each with what it is for. */
  headers?: Readonly<Record<string, string>>
  answers: Readonly<Partial<Record<Status, Answer>>>
  /** Which errors it gives beside those that any route can give. */
  errors?: readonly ErrorCode[]
}
export type QuerySchema = v.GenericSchema & { readonly entries: Readonly<Record<string, v.GenericSchema>> }

type Checked<D> = (D extends { query: infer Q extends v.GenericSchema } ? { query: v.InferOutput<Q> } : object) &
  (D extends { body: infer B extends v.GenericSchema } ? { json: v.InferOutput<B> } : object)

const docs = new WeakMap<object, RouteDoc>()

/** Checks query and body before the handler, which reads them with `c.req.valid('query')` and `c.req.valid('json')`. Error: BAD_REQUEST, naming the field. */
// biome-ignore lint/suspicious/noExplicitAny: it stands before handlers of any environment
export function route<const D extends RouteDoc>(doc: D): MiddlewareHandler<any, string, { out: Checked<D> }> {
  // biome-ignore lint/suspicious/noExplicitAny: as above
  const checks: MiddlewareHandler<any, string, { out: Checked<D> }> = async (c, next) => {
    if (doc.query) {
      c.req.addValidatedData('query', check(doc.query, c.req.query(), 'query parameter') as object)
    }
    if (doc.body) c.req.addValidatedData('json', (await parseBody(c, doc.body)) as object)
    await next()
  }
  docs.set(checks, doc)
  return checks
}

/** What `route` was told of this handler; undefined for one that it did not make. */
export const docOf = (handler: object): RouteDoc | undefined => docs.get(handler)
