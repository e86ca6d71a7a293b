// The worst minute of a large farm: the hub is killed, and when it is back all nodes come at once, each with a full TLS handshake and
// an hour of measurements that waited. Nothing may be lost, nobody called offline, and the memory must hold.
import type { DeviceDto } from '../../hub/api/contract.ts'
import type { BenchOptions, Figure } from '../../scripts/bench.ts'
import { SENSORS } from './load-plan.ts'
import { countLost, numberOf, openFarm, pause, readProcess, round, say, watchMemory } from './rig.ts'

/** An hour of one sensor, a sample every 10 s, in two messages. */
const SAMPLES = 180
const SAMPLE_PERIOD_MS = 10_000
const MESSAGES_PER_SENSOR = 2
const AWAY_MS = 5_000
/** How long after the storm a node that was forgotten in it would show as offline. */
const WATCH_MS = 5_000

/** Kills the hub under a connected fleet, starts it again and lets all come back at once. */
export async function* benchStorm(options: BenchOptions): AsyncGenerator<Figure> {
  const nodes = numberOf(options, 'nodes', 1_000)
  await using farm = await openFarm(nodes)
  const plan = { window: numberOf(options, 'window', 8), samples: SAMPLES, dtMs: SAMPLE_PERIOD_MS }
  await using generator = await farm.generator(plan)
  await generator.ask({ do: 'connect' })
  say(`${nodes} nodes connected; killing the hub (signal 9) …`)
  await farm.kill()
  await pause(AWAY_MS)
  const startedMs = performance.now()
  const hub = await farm.start()
  const startSeconds = (performance.now() - startedMs) / 1000

  using memory = watchMemory(() => hub.pid)
  const from = readProcess(hub.pid)
  const storm = await generator.ask({ do: 'storm', messagesPerSensor: MESSAGES_PER_SENSOR })
  const to = readProcess(hub.pid)
  await pause(WATCH_MS)
  const counts = await generator.ask({ do: 'counts' })
  const devices = (await (await fetch(`${hub.http}/api/v1/devices`)).json()) as { devices: DeviceDto[] }
  const notOnline = devices.devices.filter(({ liveness }) => liveness !== 'online').length
  const offline = hub.log.filter(({ event }) => event === 'device-offline').length
  const { lost, checked } = await countLost(farm, counts, SAMPLES, numberOf(options, 'verify', nodes))

  const bench = 'storm'
  const messages = nodes * SENSORS.length * MESSAGES_PER_SENSOR
  yield { bench, figure: 'startSeconds', value: round(startSeconds, 2), unit: 's' }
  yield { bench, figure: 'connectSeconds', value: round(storm.connectSeconds, 2), unit: 's' }
  yield { bench, figure: 'handshakesPerSecond', value: round(nodes / storm.connectSeconds), unit: '1/s' }
  yield { bench, figure: 'connectTries', value: storm.tries, unit: '1' }
  yield { bench, figure: 'drainSeconds', value: round(storm.drainSeconds, 2), unit: 's' }
  yield { bench, figure: 'messagesPerSecond', value: round(messages / storm.drainSeconds), unit: '1/s' }
  yield { bench, figure: 'samples', value: storm.acked * SAMPLES, unit: '1' }
  yield { bench, figure: 'cpuSeconds', value: round(to.cpuSeconds - from.cpuSeconds, 2), unit: 's' }
  yield { bench, figure: 'rssMb', value: round(memory.maxMb), unit: 'MiB', aim: 400 }
  yield { bench, figure: 'falseOffline', value: offline + notOnline, unit: '1', aim: 0 }
  yield { bench, figure: 'verifiedSamples', value: checked, unit: '1' }
  yield { bench, figure: 'lost', value: lost + storm.unacknowledged, unit: '1', aim: 0 }
}
