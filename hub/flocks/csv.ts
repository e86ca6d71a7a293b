// Tables as spreadsheets open them: UTF-8 with a byte order mark, and the separators of the reader's language. Pure.

type Cell = string | number | null

const decimalOf = (locale: string): string => {
  try {
    return new Intl.NumberFormat(locale).formatToParts(1.5).find(({ type }) => type === 'decimal')?.value ?? '.'
  } catch {
    return '.'
  }
}

/** A text beginning with one of these would be a formula. */
const FORMULA = /^[=+\-@\t\r]/

/** A CSV file of `rows`; where a comma is the decimal point, semicolons separate the cells. */
export function csvText(rows: readonly (readonly Cell[])[], locale = 'en'): string {
  const decimal = decimalOf(locale)
  const separator = decimal === ',' ? ';' : ','
  const cell = (value: Cell): string => {
    if (value === null) return ''
    if (typeof value === 'number') return String(value).replace('.', decimal)
    const text = FORMULA.test(value) ? `'${value}` : value
    return /[",;\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
  }
  return `\ufeff${rows.map((row) => `${row.map(cell).join(separator)}\r\n`).join('')}`
}
