// GET /healthz: whether this hub does its work, for the watchdog and the update's health gate; it is restarted when not.
// GET /readyz: whether it takes messages and keeps them now; and what staff should look at although it does.
import { Hono } from 'hono'
import * as v from 'valibot'
import { route } from './openapi/route.ts'

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

const failed = v.record(v.string(), v.string())
const healthShape = v.strictObject({ status: v.picklist(['ok', 'failing']), failed })
const readyShape = v.strictObject({ status: v.picklist(['ready', 'not-ready']), failed, warnings: failed })
const isHealthy = route({
  summary: 'Whether the hub does its work; 503 when a restart may mend it',
  answers: { 200: healthShape, 503: healthShape },
})
const isReady = route({
  summary: 'Whether it takes messages and keeps them now',
  answers: { 200: readyShape, 503: readyShape },
})

export function healthRoutes({ health, ready, warn }: HealthChecks) {
  return new Hono()
    .get('/healthz', isHealthy, (c) => {
      const failed = failedChecks(health)
      const isHealthy = Object.keys(failed).length === 0
      return c.json({ status: isHealthy ? 'ok' : 'failing', failed }, isHealthy ? 200 : 503)
    })
    .get('/readyz', isReady, (c) => {
      const failed = failedChecks({ ...health, ...ready })
      const isReady = Object.keys(failed).length === 0
      return c.json(
        { status: isReady ? 'ready' : 'not-ready', failed, warnings: failedChecks(warn) },
        isReady ? 200 : 503,
      )
    })
}
