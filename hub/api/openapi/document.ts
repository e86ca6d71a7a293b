// The OpenAPI 3.1 document, made of what the routes declare and the table of rights; loaded only when somebody asks for it.
import { toJsonSchema } from '@valibot/to-json-schema'
import type * as v from 'valibot'
import { ERROR_CODES, type ErrorCode } from '../../core/errors.ts'
import { may, type Permission, ROLES } from '../../staff/permissions.ts'
import { ACCESS, type Access } from '../access.ts'
import { statusOfCode } from '../problem.ts'
import { type Answer, docOf, type RouteDoc } from './route.ts'
import { commandShape, deviceShape, problemShape } from './shapes.ts'

/** What Hono tells of a route. */
export interface AppRoute {
  method: string
  path: string
  handler: object
}
export type JsonSchema = Readonly<Record<string, unknown>>
export interface Parameter {
  name: string
  in: 'path' | 'query' | 'header'
  required: boolean
  schema: JsonSchema
  description?: string
}
export interface Operation {
  operationId: string
  summary: string
  tags: string[]
  /** Permission of the hub's table, or `public`, `door`, `signed-in`. */
  'x-roost-access': string
  'x-roost-roles': string[]
  security: Record<string, string[]>[]
  parameters: Parameter[]
  requestBody?: { required: boolean; content: Record<string, { schema: JsonSchema }> }
  responses: Record<string, { description: string; content?: Record<string, { schema?: JsonSchema }> }>
}
export interface OpenApiDocument {
  openapi: '3.1.1'
  info: { title: string; version: string; description: string }
  paths: Record<string, Record<string, Operation>>
  components: Record<string, Record<string, JsonSchema>>
}

/** Shapes that several routes answer, by name. */
const NAMED = { Problem: problemShape, Device: deviceShape, Command: commandShape } as const
const PROBLEM = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
const TEXTS: Record<number, string> = {
  200: 'Done',
  201: 'Made',
  202: 'Taken',
  204: 'Done, nothing to say',
  303: 'See another page',
  422: 'Refused',
  503: 'Not now',
  504: 'No answer in time',
}

/** The JSON Schema (2020-12) of what a client sends or gets. */
function jsonSchema(schema: v.GenericSchema): JsonSchema {
  const name = Object.entries(NAMED).find(([, each]) => each === schema)?.[0]
  return name ? { $ref: `#/components/schemas/${name}` } : inline(schema, NAMED)
}

function inline(schema: v.GenericSchema, definitions: Readonly<Record<string, v.GenericSchema>>): JsonSchema {
  // What is before a transformation is what travels; checks that JSON Schema has no word for are told by the error.
  const converted = toJsonSchema(schema as Parameters<typeof toJsonSchema>[0], {
    typeMode: 'input',
    errorMode: 'ignore',
    target: 'draft-2020-12',
    definitions: definitions as Record<string, Parameters<typeof toJsonSchema>[0]>,
  }) as Record<string, unknown>
  const { $schema: _dialect, $defs: _shared, ...bare } = converted
  return JSON.parse(JSON.stringify(bare).replaceAll('"#/$defs/', '"#/components/schemas/')) as JsonSchema
}

/** `/devices/:uid` as `/devices/{uid}`. */
const templated = (path: string) => path.replace(/:([a-z]+)/g, '{$1}')

function contentOf(answer: Answer): Record<string, { schema?: JsonSchema }> {
  const all = Array.isArray(answer) ? (answer as readonly (v.GenericSchema | string)[]) : [answer as v.GenericSchema]
  return Object.fromEntries(
    all.map((each) => (typeof each === 'string' ? [each, {}] : ['application/json', { schema: jsonSchema(each) }])),
  )
}

/** Every error that a route can give: its own, and those of the guard before it. */
function errorsOf(doc: RouteDoc, access: Access): Map<number, string[]> {
  const texts = new Map<number, string[]>()
  const add = (status: number, text: string) => texts.set(status, [...(texts.get(status) ?? []), text])
  const codes = new Set<ErrorCode>([
    ...(doc.errors ?? []),
    ...(doc.query || doc.body ? (['BAD_REQUEST'] as const) : []),
  ])
  for (const code of codes) add(statusOfCode(code), `${code}: ${ERROR_CODES[code]}`)
  if (access !== 'public' && access !== 'door') add(401, 'NOT_SIGNED_IN: not signed in')
  if (access !== 'public') add(403, 'NOT_ALLOWED, FOREIGN_ORIGIN or UNCLAIMED')
  if (doc.body || doc.rawBody) add(413, 'TOO_LARGE: the body is too large')
  return texts
}

function parametersOf(path: string, doc: RouteDoc): Parameter[] {
  const inPath = [...path.matchAll(/:([a-z]+)/g)].map(
    ([, name]): Parameter => ({ name: name!, in: 'path', required: true, schema: { type: 'string' } }),
  )
  const inQuery = Object.entries(doc.query?.entries ?? {}).map(([name, entry]): Parameter => {
    const isOptional = ['optional', 'exact_optional', 'nullish', 'undefinedable'].includes(entry.type)
    return { name, in: 'query', required: !isOptional, schema: jsonSchema(entry) }
  })
  const inHeader = Object.entries(doc.headers ?? {}).map(
    ([name, description]): Parameter => ({
      name,
      in: 'header',
      required: false,
      schema: { type: 'string' },
      description,
    }),
  )
  return [...inPath, ...inQuery, ...inHeader]
}

function operationOf(method: string, path: string, access: Access, doc: RouteDoc): Operation {
  const responses: Operation['responses'] = {}
  for (const [status, answer] of Object.entries(doc.answers)) {
    responses[status] = { description: TEXTS[Number(status)] ?? 'Done' }
    if (answer !== null) responses[status].content = contentOf(answer)
  }
  for (const [status, texts] of errorsOf(doc, access)) {
    const taken = responses[status]
    if (taken) taken.content = { ...taken.content, ...PROBLEM }
    else responses[status] = { description: texts.join('\n'), content: PROBLEM }
  }
  const isForAll = access === 'public' || access === 'door'
  const bodyType = doc.rawBody ?? (doc.body ? 'application/json' : null)
  return {
    operationId: `${method.toLowerCase()}${path.replaceAll(/[^a-z0-9]+([a-z0-9])/gi, (_, first: string) => first.toUpperCase())}`,
    summary: doc.summary,
    tags: [path.startsWith('/api/v1/') ? path.split('/')[3]! : 'pages'],
    'x-roost-access': access,
    'x-roost-roles': isForAll
      ? ['everybody']
      : ROLES.filter((role) => access === 'signed-in' || may(role, access as Permission)),
    security: isForAll ? [] : access === 'signed-in' ? [{ session: [] }] : [{ session: [] }, { token: [] }],
    parameters: parametersOf(path, doc),
    ...(bodyType === null
      ? {}
      : {
          requestBody: {
            required: doc.body === undefined,
            content: { [bodyType]: { schema: doc.body ? jsonSchema(doc.body) : { type: 'string' } } },
          },
        }),
    responses,
  }
}

/** The document of an application's routes; a route that declares nothing or stands in no row of the table is left out. */
export function openApiDocument(routes: readonly AppRoute[], version: string): OpenApiDocument {
  const paths: OpenApiDocument['paths'] = {}
  for (const [method, path, access] of ACCESS) {
    const doc = routes
      .filter((each) => each.method === method && each.path === path)
      .map(({ handler }) => docOf(handler))
      .find((each) => each !== undefined)
    if (!doc) continue
    paths[templated(path)] = {
      ...paths[templated(path)],
      [method.toLowerCase()]: operationOf(method, path, access, doc),
    }
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Roost',
      version,
      description:
        'The farm hub. Browsers send the session cookie, and change things only from the hub’s own pages; machines send an API token. Times are milliseconds since 1970. Errors are problem documents (RFC 9457).',
    },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(NAMED).map(([name, schema]) => [name, inline(schema, {})])),
      securitySchemes: {
        session: { type: 'apiKey', in: 'cookie', name: 'roost_session' },
        token: { type: 'http', scheme: 'bearer' },
      },
    },
  }
}
