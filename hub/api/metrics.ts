// GET /metrics: Prometheus text. Parts keep plain numbers; they are read when somebody asks (R-BRK-05).
import { Counter, collectDefaultMetrics, Gauge, Registry } from '@prometheus-io/client'
import { Hono } from 'hono'
import { route } from './openapi/route.ts'

/** A figure that is read at scrape time: one number, or one for each value of one label. */
export interface Figure {
  name: string
  help: string
  kind: 'counter' | 'gauge'
  /** With `label`: [label value, number] pairs. */
  label?: string
  read(): number | Iterable<readonly [string, number]>
}

/** A registry that shows the figures and the process's own. */
function createRegistry(figures: readonly Figure[]): Registry {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const { name, help, kind, label, read } of figures) {
    const configuration = { name, help, labelNames: label ? [label] : [], registers: [registry] }
    if (kind === 'counter') {
      new Counter({
        ...configuration,
        collect() {
          this.reset()
          for (const [labels, value] of rows(read(), label)) this.inc(labels, value)
        },
      })
    } else {
      new Gauge({
        ...configuration,
        collect() {
          this.reset()
          for (const [labels, value] of rows(read(), label)) this.set(labels, value)
        },
      })
    }
  }
  return registry
}

function* rows(value: ReturnType<Figure['read']>, label?: string): Generator<[Record<string, string>, number]> {
  if (typeof value === 'number') yield [{}, value]
  else for (const [name, number] of value) yield [label ? { [label]: name } : {}, number]
}

const doc = route({ summary: 'Figures for Prometheus', answers: { 200: 'text/plain' } })

export function metricsRoutes(figures: readonly Figure[]) {
  const registry = createRegistry(figures)
  return new Hono().get('/', doc, async (c) =>
    c.body(await registry.metrics(), 200, { 'content-type': registry.contentType }),
  )
}
