import { expect, test } from 'vitest'
import type { AlarmDto, AlarmsDto } from '../../../hub/api/alarm-dto.ts'
import { createAlarms, inOrder } from './alarms.ts'
import { createAsk } from './ask.ts'

const alarm = (id: number, changes: Partial<AlarmDto> = {}): AlarmDto => ({
  id,
  house: 'home/h1',
  group: 'heat',
  severity: 'critical',
  name: 'High temperature',
  causes: ['hot'],
  members: ['rn-000000000001/temp'],
  value: 34.2,
  bound: 31,
  unit: 'Cel',
  raisedMs: 1_000 * id,
  overMs: null,
  acknowledged: null,
  silenced: null,
  isSounding: true,
  told: [],
  nextCallMs: null,
  ...changes,
})
const told = (alarms: AlarmDto[]): AlarmsDto => ({
  nowMs: 0,
  alarms,
  calls: [],
  hasAnyone: true,
  testDue: false,
  fault: null,
})
const seen = { by: 'ann', atMs: 5 }

test('what nobody has seen stands first, the critical before warnings, what is over after what goes on', () => {
  const order = inOrder([
    alarm(1, { acknowledged: seen }),
    alarm(2, { severity: 'warning' }),
    alarm(3, { overMs: 9 }),
    alarm(4),
    alarm(5),
  ])
  expect(order.map(({ id }) => id)).toEqual([5, 4, 3, 2, 1])
})

test('an alarm counts as seen when the hub says so, and not before', async () => {
  let isAway = true
  const alarms = createAlarms(
    createAsk(async (url, init) => {
      if (isAway) throw new Error('away')
      expect([String(url), init?.method]).toEqual(['/api/v1/alarms/4/acknowledge', 'POST'])
      return new Response(JSON.stringify(alarm(4, { acknowledged: seen, isSounding: false })))
    }),
  )
  alarms.apply({ type: 'alarms', ...told([alarm(4)]) })
  await alarms.acknowledge(4)
  expect([alarms.problem.value, alarms.unseen.value.length]).toEqual(['', 1])
  isAway = false
  await alarms.acknowledge(4)
  expect([alarms.problem.value, alarms.unseen.value.length, alarms.busy.value.size]).toEqual([null, 0, 0])
})
