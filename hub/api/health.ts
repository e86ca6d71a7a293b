// GET /healthz: whether this hub does its work, for the watchdog, the update's health gate and a monitor.
import { Hono } from 'hono'

/** A named check: null when good, else what is wrong. */
export type HealthCheck = () => string | null

/** What is wrong, by check; empty when all is well. */
export function failedChecks(checks: Record<string, HealthCheck>): Record<string, string> {
  const failed: Record<string, string> = {}
  for (const [name, check] of Object.entries(checks)) {
    const wrong = check()
    if (wrong !== null) failed[name] = wrong
  }
  return failed
}

export const healthRoutes = (checks: Record<string, HealthCheck>) =>
  new Hono().get('/', (c) => {
    const failed = failedChecks(checks)
    const isHealthy = Object.keys(failed).length === 0
    return c.json({ status: isHealthy ? 'ok' : 'failing', failed }, isHealthy ? 200 : 503)
  })
