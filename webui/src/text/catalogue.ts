// A catalogue of texts in one language: every text of the page is an entry of `en`, and other languages must have the same ones.
import type { UnitChoice } from '../format/units.ts'
import type { en } from './en.ts'

/** Entries are texts or functions of what they mention; literal texts of `en` widen to string for other languages. */
type Widen<T> = T extends string
  ? string
  : T extends (...args: infer A) => string
    ? (...args: A) => string
    : { [K in keyof T]: Widen<T[K]> }
export type Catalogue = Widen<typeof en> & {
  /** As the reader chose them for this device; metric where nobody did. */
  readonly units?: UnitChoice
}

export type PluralForms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

/** Picks the form for a count by the language's own rule; `#` in it becomes the number. */
export function createPlural(language: string): (count: number, forms: PluralForms) => string {
  const rules = new Intl.PluralRules(language)
  const numbers = new Intl.NumberFormat(language)
  return (count, forms) => (forms[rules.select(count)] ?? forms.other).replace('#', numbers.format(count))
}
