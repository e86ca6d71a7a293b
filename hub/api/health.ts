// GET /healthz: whether this hub does its work, for the watchdog and the update's health gate; it is restarted when not.
// GET /readyz: whether it takes messages and keeps them now; and what staff should look at although it does.
import { Hono } from 'hono'

/** A named check: null when good, else what is wrong. */
export type HealthCheck = () => string | null

export interface HealthChecks {
  /** What a restart may mend. */
  health: Record<string, HealthCheck>
  /** What keeps it from taking and keeping messages, beside that. */
  ready: Record<string, HealthCheck>
  /** What makes its answers worse. */
  warn: Record<string, HealthCheck>
}

/** What is wrong, by check; empty when all is well. */
export function failedChecks(checks: Record<string, HealthCheck>): Record<string, string> {
  const failed: Record<string, string> = {}
  for (const [name, check] of Object.entries(checks)) {
    const wrong = check()
    if (wrong !== null) failed[name] = wrong
  }
  return failed
}

export function healthRoutes({ health, ready, warn }: HealthChecks) {
  return new Hono()
    .get('/healthz', (c) => {
      const failed = failedChecks(health)
      const isHealthy = Object.keys(failed).length === 0
      return c.json({ status: isHealthy ? 'ok' : 'failing', failed }, isHealthy ? 200 : 503)
    })
    .get('/readyz', (c) => {
      const failed = failedChecks({ ...health, ...ready })
      const isReady = Object.keys(failed).length === 0
      return c.json(
        { status: isReady ? 'ready' : 'not-ready', failed, warnings: failedChecks(warn) },
        isReady ? 200 : 503,
      )
    })
}
