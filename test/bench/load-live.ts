// The load generator's farm that lives: every node at its pace, now and then one loses its link, measures on, and comes back with what
// waited; when the hub is gone all of them try again.
import { createRandom } from '../sim/random.ts'
import type { LoadNode } from './load-node.ts'
import { type LoadReport, SENSORS } from './load-plan.ts'

const TICK_MS = 10
const AWAY_MAX_MS = 20_000
const RETRY_MS = 1_000
const DRAIN_MS = 60_000

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

interface Life {
  node: LoadNode
  /** What was measured and not sent yet, oldest first: the index of a sensor, −1 for a heartbeat. */
  waiting: number[]
  isAway: boolean
  isTrying: boolean
}

/** What the generator is told to do, and how it connects. */
interface Living {
  port: number
  measureMs: number
  periodMs: number
  outagesPerMinute: number
  seed: number
}

/** Lives for `measureMs`, then waits until all that is connected is acknowledged. */
export async function live(nodes: readonly LoadNode[], plan: Living): Promise<LoadReport['live']> {
  const random = createRandom(plan.seed)
  const lives = nodes.map((node): Life => ({ node, waiting: [], isAway: false, isTrying: false }))
  const fromMs = performance.now()
  const perPeriod = nodes.length * (SENSORS.length + 1)
  let measured = 0
  let outages = 0

  function send(life: Life) {
    if (life.isAway || life.isTrying || life.node.isBroken || life.waiting.length === 0) return
    const room = Math.min(life.node.room, life.waiting.length)
    if (room > 0) life.node.send(life.waiting.splice(0, room))
  }

  async function comeBack(life: Life) {
    life.isTrying = true
    await pause(RETRY_MS * (0.5 + random()))
    await life.node.connect(plan.port).catch(() => {})
    life.isTrying = false
    send(life)
  }

  function loseLink(life: Life) {
    outages++
    life.isAway = true
    life.node.drop()
    setTimeout(() => {
      life.isAway = false
    }, random() * AWAY_MAX_MS)
  }

  while (performance.now() - fromMs < plan.measureMs) {
    const elapsedMs = performance.now() - fromMs
    for (const due = (elapsedMs / plan.periodMs) * perPeriod; measured < due; measured++) {
      const step = measured % perPeriod
      lives[step % lives.length]!.waiting.push(Math.floor(step / lives.length) - 1)
    }
    if (outages < (elapsedMs / 60_000) * plan.outagesPerMinute) {
      const life = lives[Math.floor(random() * lives.length)]!
      if (!life.isAway && !life.node.isBroken) loseLink(life)
    }
    for (const life of lives) {
      if (!life.isAway && !life.isTrying && life.node.isBroken) void comeBack(life)
      else send(life)
    }
    await pause(TICK_MS)
  }
  const inFlight = () => nodes.reduce((sum, node) => sum + (node.isBroken ? 0 : node.inFlight), 0)
  const untilMs = performance.now() + DRAIN_MS
  while (inFlight() > 0 && performance.now() < untilMs) await pause(TICK_MS)
  const acked = nodes.reduce((sum, node) => sum + node.acked.reduce((all, count) => all + count, 0), 0)
  return { acked, outages, unacknowledged: inFlight() }
}
