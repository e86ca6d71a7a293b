// Numbers as text in the reader's language. Pure; formatters are kept, because making one costs more than using it.

const formatters = new Map<string, Intl.NumberFormat>()

/** A number with exactly `decimals` decimal places; no minus before a zero. */
export function numberText(value: number, decimals: number, language: string): string {
  const key = `${language}/${decimals}`
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.NumberFormat(language, { minimumFractionDigits: decimals, maximumFractionDigits: decimals })
    formatters.set(key, formatter)
  }
  const scale = 10 ** decimals
  const rounded = Math.round(value * scale) / scale
  // A true minus is as wide as a plus and is not lost in the sun.
  return formatter.format(rounded === 0 ? 0 : rounded).replace('-', '−')
}

/** Bytes in KiB, MiB or GiB, as people expect of memory. */
export function bytesText(bytes: number, language: string): string {
  if (bytes >= 2 ** 30) return `${numberText(bytes / 2 ** 30, 1, language)} GB`
  return bytes < 2 ** 20
    ? `${numberText(bytes / 2 ** 10, 0, language)} KB`
    : `${numberText(bytes / 2 ** 20, 1, language)} MB`
}
