// Holds a value against a JSON Schema (2020-12), as far as the OpenAPI document goes; a keyword that it does not know is an error, so that
// nothing passes unchecked.
export type Schema = Readonly<Record<string, unknown>>

const KNOWN = new Set([
  'type',
  'properties',
  'required',
  'additionalProperties',
  'propertyNames',
  'items',
  'prefixItems',
  'minItems',
  'maxItems',
  'anyOf',
  'allOf',
  'enum',
  'const',
  'pattern',
  'minLength',
  'maxLength',
  'minimum',
  'maximum',
  'exclusiveMinimum',
  'exclusiveMaximum',
  'default',
  '$ref',
  'not',
  'oneOf',
  'minProperties',
  'format',
  'uniqueItems',
])

const typeOf = (value: unknown) => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)

/** What is wrong with `value`, by place; empty when it fits. `definitions` by the last part of a `$ref`. */
export function flaws(
  schema: Schema,
  value: unknown,
  definitions: Readonly<Record<string, Schema>>,
  at = '',
): string[] {
  for (const word of Object.keys(schema)) if (!KNOWN.has(word)) throw new Error(`JSON Schema: ${word} at ${at}`)
  const found: string[] = []
  const say = (text: string) => found.push(`${at || 'value'} ${text}`)
  const into = (inner: Schema, part: unknown, where: string) => found.push(...flaws(inner, part, definitions, where))
  const fits = (inner: Schema) => flaws(inner, value, definitions, at).length === 0
  const of = <T>(word: string) => schema[word] as T | undefined

  const ref = of<string>('$ref')
  if (ref !== undefined) into(definitions[ref.split('/').at(-1)!]!, value, at)
  const type = of<string>('type')
  const isType = type === 'integer' ? Number.isInteger(value) : type === undefined || typeOf(value) === type
  if (!isType) say(`is no ${type}`)
  const either = of<Schema[]>('anyOf') ?? of<Schema[]>('oneOf')
  if (either && !either.some(fits)) say(`fits none of ${either.length}: ${JSON.stringify(value)?.slice(0, 200)}`)
  for (const each of of<Schema[]>('allOf') ?? []) into(each, value, at)
  const not = of<Schema>('not')
  if (not && fits(not)) say('is what it must not be')
  if (schema.enum && !(schema.enum as unknown[]).includes(value)) say(`is none of ${JSON.stringify(schema.enum)}`)
  if ('const' in schema && schema.const !== value) say(`is not ${JSON.stringify(schema.const)}`)
  if (typeof value === 'string') {
    const pattern = of<string>('pattern')
    if (pattern !== undefined && !new RegExp(pattern, 'u').test(value)) say(`does not match ${pattern}`)
    if (value.length < (of<number>('minLength') ?? 0)) say('is too short')
    if (value.length > (of<number>('maxLength') ?? Infinity)) say('is too long')
  }
  if (typeof value === 'number') {
    if (value < (of<number>('minimum') ?? -Infinity) || value > (of<number>('maximum') ?? Infinity))
      say('is out of range')
  }
  if (Array.isArray(value)) {
    const first = of<Schema[]>('prefixItems') ?? []
    for (const [i, each] of first.entries()) into(each, value[i], `${at}/${i}`)
    const items = of<Schema | false>('items')
    if (items === false && value.length > first.length) say('is too long')
    if (items) for (const [i, each] of value.entries()) if (i >= first.length) into(items, each, `${at}/${i}`)
    if (value.length < (of<number>('minItems') ?? 0) || value.length > (of<number>('maxItems') ?? Infinity))
      say('has another length')
  }
  if (typeOf(value) === 'object') {
    const members = value as Record<string, unknown>
    const properties = of<Record<string, Schema>>('properties') ?? {}
    for (const name of of<string[]>('required') ?? []) if (!(name in members)) say(`has no "${name}"`)
    const more = of<Schema | boolean>('additionalProperties')
    for (const [name, each] of Object.entries(members)) {
      if (Object.hasOwn(properties, name)) into(properties[name]!, each, `${at}/${name}`)
      else if (more === false) say(`has "${name}", which is not in the document`)
      else if (typeof more === 'object') into(more, each, `${at}/${name}`)
    }
  }
  return found
}
