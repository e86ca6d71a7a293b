// Structured log: one JSON object a line on a stream, levels, and fields; the only place that formats log lines.

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]
export type LogFields = Record<string, unknown>

export interface Log {
  debug(event: string, fields?: LogFields): void
  info(event: string, fields?: LogFields): void
  warn(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

/** What an error shows in a log line: its code, its message and its cause's message. */
export function errorFields(error: unknown): LogFields {
  if (!(error instanceof Error)) return { error: String(error) }
  const { code } = error as { code?: unknown }
  const cause = error.cause instanceof Error ? error.cause.message : undefined
  return { error: error.message, ...(code === undefined ? {} : { code }), ...(cause === undefined ? {} : { cause }) }
}

/** A log that writes lines of `level` and above through `writeLine`; `wallMs` stamps them. */
export function createLog(writeLine: (line: string) => void, wallMs: () => number, level: LogLevel = 'info'): Log {
  const from = LOG_LEVELS.indexOf(level)
  const at = (name: LogLevel) => (event: string, fields?: LogFields) => {
    if (LOG_LEVELS.indexOf(name) < from) return
    writeLine(JSON.stringify({ time: new Date(wallMs()).toISOString(), level: name, event, ...fields }))
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
