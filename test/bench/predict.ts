// Bench `predict`: how many known faults of generated fleets are found, how much of what is found is one, and what a look costs.
import { diagnose } from '../../hub/supervisor/diagnose.ts'
import type { BenchOptions, Figure } from '../../scripts/bench.ts'
import { createFleetHistory, type Score, scoreOf } from '../sim/fleet-history.ts'

const SEEDS = 10

export async function* benchPredict(options: BenchOptions): AsyncIterable<Figure> {
  const seeds = Number(options.seeds ?? SEEDS)
  const totals = new Map<string, Pick<Score, 'known' | 'found' | 'right'>>()
  let cpuMicros = 0
  let nodes = 0
  for (let seed = 1; seed <= seeds; seed++) {
    const history = createFleetHistory(seed)
    const before = process.cpuUsage()
    const found = history.houses.flatMap((house) => diagnose(house, history.nowMs))
    const { user, system } = process.cpuUsage(before)
    cpuMicros += user + system
    nodes += history.nodes
    for (const { code, known, found: all, right } of scoreOf(history, found)) {
      const total = totals.get(code) ?? { known: 0, found: 0, right: 0 }
      totals.set(code, { known: total.known + known, found: total.found + all, right: total.right + right })
    }
  }
  const share = (part: number, whole: number) => Number((whole === 0 ? 1 : part / whole).toFixed(3))
  for (const [code, { known, found, right }] of totals) {
    yield { bench: 'predict', figure: `${code}.precision`, value: share(right, found), unit: '1', aim: 0.95 }
    yield { bench: 'predict', figure: `${code}.recall`, value: share(right, known), unit: '1', aim: 0.9 }
  }
  yield { bench: 'predict', figure: 'nodes', value: nodes, unit: '1' }
  yield {
    bench: 'predict',
    figure: 'cpuMillisPerNodeMonth',
    value: Number((cpuMicros / 1_000 / nodes).toFixed(2)),
    unit: 'ms',
  }
}
