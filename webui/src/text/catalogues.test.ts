// Every language says everything that English says, of the same things, and in its own words.
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { DEFAULT_RULES } from '../../../hub/alarms/default-rules.ts'
import { alarmNames } from '../../../hub/climate/alarm-names.ts'
import { de } from './de.ts'
import { en } from './en.ts'
import { es } from './es.ts'

type Say = (...args: unknown[]) => string
type Entry = string | Say
const OTHERS = { de, es }

/** Every entry by its path; names of rules are few in English, which is the language that they have in the hub. */
function entriesOf(tree: object, path = ''): [string, Entry][] {
  return Object.entries(tree).flatMap(([key, value]): [string, Entry][] => {
    const at = path === '' ? key : `${path}.${key}`
    if (at === 'rules.names') return []
    return typeof value === 'object' && value !== null ? entriesOf(value, at) : [[at, value as Entry]]
  })
}

const english = entriesOf(en)

/** A span of time, the evidence of a finding, or counts by name: whatever is asked of it, it has a number. */
const record = new Proxy(
  {},
  {
    get: (_, key) =>
      key === 'unit' ? 'hour' : 300 + ([...String(key)].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 600),
  },
)
const lists = [['⟦a⟧', '⟦b⟧']]

/** What a text could be about: names, counts (one and many), records, lists. */
const kinds = (place: number): unknown[] => [`⟦${place}⟧`, 311 + 101 * place, 1, record, ...lists]

function* argumentLists(count: number): Generator<unknown[]> {
  if (count === 0) return yield []
  for (const rest of argumentLists(count - 1)) for (const kind of kinds(count - 1)) yield [...rest, kind]
}

function said(say: Say, args: unknown[]): string | null {
  try {
    const text = say(...args)
    return typeof text === 'string' && !/NaN|undefined|\[object|Infinity/.test(text) ? text : null
  } catch {
    return null
  }
}

/** Names and numbers that a text mentions. */
const mentioned = (text: string) =>
  [...new Set(text.match(/⟦.⟧|\d+(?:[.,]\d+)?/g) ?? [])].map((each) => each.replace(',', '.')).toSorted()

test.each(Object.entries(OTHERS))('%s has the entries of English, none of them empty', (_, catalogue) => {
  const others = new Map(entriesOf(catalogue))
  expect([...others.keys()].toSorted()).toEqual(english.map(([path]) => path).toSorted())
  for (const [path, text] of english) {
    if (typeof text === 'string' && text !== '') expect(others.get(path), path).toMatch(/\S/)
  }
})

test.each(Object.entries(OTHERS))('%s mentions in each text what English mentions there', (language, catalogue) => {
  const others = new Map(entriesOf(catalogue))
  let compared = 0
  const untried: string[] = []
  for (const [path, say] of english) {
    if (typeof say === 'string') continue
    let tried = 0
    for (const args of argumentLists(say.length)) {
      const text = said(say, args)
      const other = said(others.get(path) as Say, args)
      // Not what it is about: a name where a count is meant.
      if (text === null || other === null) continue
      expect(mentioned(other), `${language} ${path}: “${other}” for “${text}”`).toEqual(mentioned(text))
      tried += 1
    }
    if (tried === 0) untried.push(path)
    compared += tried
  }
  expect(untried).toEqual([])
  expect(compared).toBeGreaterThan(1_000)
})

/** Names, abbreviations, and what is not prose. */
const NAMES = [
  ...['Roost', 'Telegram', 'ntfy', 'TLS', 'STARTTLS', 'CO₂', 'NH₃', 'PIN', 'Excel', 'CSV', 'Firmware', 'Token'],
  ...Object.values(en.device.languages),
  en.overview.emptyCommand,
]
/** Words that German has as well. */
const SAME: Record<keyof typeof OTHERS, Set<Entry>> = {
  de: new Set([...NAMES, 'Alarm', 'Name', 'Port', 'Version', 'Signal', 'Update', 'Updates', 'Pause']),
  es: new Set(NAMES),
}

test.each(Object.entries(OTHERS))('%s is translated: no text is the English one by accident', (language, catalogue) => {
  const others = new Map(entriesOf(catalogue))
  const known = SAME[language as keyof typeof OTHERS]
  const same = english.filter(
    ([path, text]) =>
      typeof text === 'string' && /[a-z]{2}/i.test(text) && others.get(path) === text && !known.has(text),
  )
  expect(same.map(([path, text]) => `${path}: ${String(text)}`)).toEqual([])
})

test.each(Object.entries(OTHERS))(
  '%s has a name for every preset alarm, and for nothing else; a call says the same',
  (language, { rules }) => {
    expect(alarmNames(language)).toEqual(rules.names)
    expect(Object.keys(rules.names).toSorted()).toEqual([...new Set(DEFAULT_RULES.map(({ name }) => name))].toSorted())
  },
)

test('plurals follow the rule of the language', () => {
  expect([1, 2].map(de.house.allOnline)).toEqual(['1 Knoten verbunden', 'Alle 2 Knoten verbunden'])
  expect([1, 5].map((count) => es.house.offline(count))).toEqual(['1 no responde', '5 no responden'])
  expect(de.value.stale({ count: 3, unit: 'day' })).toBe('keine Daten seit 3 Tagen')
})

/** Text between tags is found by the linter (noJsxLiterals); this is what people read of attributes. */
test('no component says anything by itself: what is read aloud or shown in an empty field comes from the catalogue', () => {
  const src = fileURLToPath(new URL('../', import.meta.url))
  const components = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.tsx'))
  expect(components.length).toBeGreaterThan(30)
  const literal = components.flatMap((name) =>
    [
      ...readFileSync(`${src}${name}`, 'utf8').matchAll(
        /\b(?:aria-label|title|alt|placeholder|label|summary)="[^"/][^"]*"/g,
      ),
    ].map(([found]) => `${name}: ${found}`),
  )
  expect(literal).toEqual([])
})
