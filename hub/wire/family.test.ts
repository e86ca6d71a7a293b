import fc from 'fast-check'
import { expect, test } from 'vitest'
import { familyOf } from './family.ts'

test('what devices of the three families publish is theirs, and the last value of it is worth keeping or not', () => {
  const cases: [topic: string, key: string, isValue: boolean][] = [
    ['sensors/hall-2/power-07/telemetry', 'openegiz~hall-2~power-07', true],
    ['sensors/hall-2/power-07/status', 'openegiz~hall-2~power-07', true],
    ['sensors/hall-2/power-07/heartbeat', 'openegiz~hall-2~power-07', false],
    ['esp32c3/sync/AA:BB:CC:00:11:22/sensor', 'esp32c3~AA:BB:CC:00:11:22', true],
    ['esp32c3/full/AA:BB:CC:00:11:22/status', 'esp32c3~AA:BB:CC:00:11:22', true],
    ['esp32c3/async/7/heartbeat', 'esp32c3~7', false],
    ['sensor/w1/temperature', 'window~w1', true],
    ['sensor/w1/audio', 'window~w1', false],
    ['sensor/مزرعة/temperature', 'window~مزرعة', true],
  ]
  for (const [topic, key, isValue] of cases) {
    expect(familyOf(topic), topic).toEqual({ family: key.split('~')[0], key, isValue })
  }
})

test('what goes towards a device, and what nobody of them publishes, is no sign of life', () => {
  const topics = [
    ...['sensors/hall-2/power-07/config', 'sensors/hall-2/power-07/command', 'sensors/hall-2/power/telemetry'],
    ...['sensors/hall-2/power-07', 'sensors/hall-2/power-07/telemetry/x', 'sensors//power-07/telemetry'],
    ...['esp32c3/turbo/7/sensor', 'esp32c3/sync/7/command', 'esp32c3/sync//sensor', 'esp32c3/sync/7/sensor/x'],
    ...['sensor/w1', 'sensor/w1/temperature/x', 'sensor/a b/temperature', 'sensor/a~b/temperature', 'sensor/w1/'],
    ...['window/w1/control', 'ml/inference/request/w1', '/farm/a/b/c/data/co2', '', '/', 'sensor', '/sensor/w1/co2'],
    `sensor/${'x'.repeat(65)}/co2`,
    `sensors/hall/a-${'x'.repeat(64)}/status`,
  ]
  for (const topic of topics) expect(familyOf(topic), topic).toBeNull()
})

test('any topic is somebody’s or nobody’s, and two devices never share a key', () => {
  const level = fc.oneof(
    fc.string({ maxLength: 8 }),
    fc.constantFrom('sensor', 'status', 'sync', 'a-1', 'a', 'telemetry'),
  )
  const topic = fc.tuple(fc.constantFrom('sensors', 'esp32c3', 'sensor', 'x'), fc.array(level, { maxLength: 5 }))
  fc.assert(
    fc.property(topic, ([root, levels]) => {
      const found = familyOf([root, ...levels].join('/'))
      if (!found) return
      const [family, ...names] = found.key.split('~')
      expect(family).toBe(found.family)
      expect(names).toEqual({ openegiz: levels.slice(0, 2), esp32c3: [levels[1]], window: [levels[0]] }[found.family])
    }),
  )
})
