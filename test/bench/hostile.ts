// Hostile clients at length: figures of test/hostile as a bench.
import type { BenchOptions, Figure } from '../../scripts/bench.ts'
import { runHostile } from '../hostile/run.ts'

/** `--scale` times the tries of the test (10,000 connections without a certificate at 34), `--seed`, `--only` one attack. */
export async function* benchHostile(options: BenchOptions): AsyncGenerator<Figure> {
  const seed = Number(options.seed ?? Date.now() % 1e6)
  const say = (text: string) => void process.stderr.write(`${text}\n`)
  say(`SEED=${seed}`)
  for await (const report of runHostile({ seed, scale: Number(options.scale ?? 10), only: options.only, say })) {
    const bench = `hostile: ${report.attack}`
    const figure = (name: string, value: number, unit: string, aim?: number): Figure => ({
      bench,
      figure: name,
      value,
      unit,
      ...(aim === undefined ? {} : { aim }),
    })
    say(JSON.stringify({ attack: report.attack, refused: report.refused, failed: report.failed }))
    yield figure('tried', report.tried, 'count')
    yield figure(
      'refused',
      Object.values(report.refused).reduce((sum, count) => sum + count, 0),
      'count',
    )
    yield figure('worstAckMs', report.worstAckMs, 'ms', 1_000)
    yield figure('worstReturnMs', report.worstReturnMs, 'ms', 2_000)
    yield figure('loopLagMs', report.lagMs, 'ms')
    yield figure('brokenNodes', report.broken + report.failed.length + report.notOnline.length, 'count', 0)
    yield figure('rssMb', report.rssMb, 'MB', 320)
    yield figure('openFiles', report.fds, 'count')
  }
}
