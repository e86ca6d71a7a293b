// What every Spanish text builds on.
import type { Span } from '../format/age.ts'
import { createPlural } from './catalogue.ts'

export const plural = createPlural('es')

export const span = ({ count, unit }: Span): string =>
  ({
    second: `${count} s`,
    minute: `${count} min`,
    hour: `${count} h`,
    day: plural(count, { one: '# día', other: '# días' }),
  })[unit]

export const minutes = (count: number): string => plural(count, { one: '# minuto', other: '# minutos' })
