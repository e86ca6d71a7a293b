// Points in time as text in the reader's language and time zone. Pure; formatters are kept.

const STYLES = {
  date: { day: 'numeric', month: 'short', year: 'numeric' },
  clock: { hour: '2-digit', minute: '2-digit' },
  clockSeconds: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  day: { weekday: 'short', day: 'numeric' },
  month: { month: 'long', year: 'numeric' },
  dayMonth: { day: 'numeric', month: 'short' },
  dateClock: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
  dayClock: { weekday: 'short', day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
} as const satisfies Record<string, Intl.DateTimeFormatOptions>

export type DateStyle = keyof typeof STYLES

const formatters = new Map<string, Intl.DateTimeFormat>()

/** `tMs` (since the epoch) in one of the styles, by 24 hours unless `language` says otherwise (`en-u-hc-h12`); `timeZone`: not the reader's. */
export function dateText(tMs: number, style: DateStyle, language: string, timeZone?: string): string {
  const key = `${language}/${style}/${timeZone ?? ''}`
  let formatter = formatters.get(key)
  if (!formatter) {
    formatter = new Intl.DateTimeFormat(language, {
      ...STYLES[style],
      ...(timeZone ? { timeZone } : {}),
      ...(language.includes('-u-hc-') ? {} : { hourCycle: 'h23' }),
    })
    formatters.set(key, formatter)
  }
  return formatter.format(tMs)
}
