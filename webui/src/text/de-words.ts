// What every German text builds on.
import type { Span } from '../format/age.ts'
import { createPlural } from './catalogue.ts'

export const plural = createPlural('de')

export const span = ({ count, unit }: Span): string =>
  ({
    second: `${count} s`,
    minute: `${count} min`,
    hour: `${count} h`,
    day: plural(count, { one: '# Tag', other: '# Tage' }),
  })[unit]

/** After "seit" and "vor": the dative. */
export const spanDative = ({ count, unit }: Span): string =>
  unit === 'day' ? plural(count, { one: '# Tag', other: '# Tagen' }) : span({ count, unit })

export const minutes = (count: number): string => plural(count, { one: '# Minute', other: '# Minuten' })
