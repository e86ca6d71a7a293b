// Plan: a farm without internet: a modem at a serial line, Ada's number in the plan. The house gets hot at night; Ada is called by SMS, answers OK
// from her bed, and hears that it was understood; a stranger's OK does nothing.
import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { BEAT_MS, openAlarmFarm, type SimNode } from '../sim/alarm-farm.ts'
import { createSimDisk } from '../sim/disk.ts'
import { eventually } from '../sim/hub-process.ts'
import { openSimModem } from '../sim/modem.ts'

const TEMP = { id: 'temp', unit: 'Cel' }
const NODE: SimNode = { uid: 'rn-000000000001', site: 'home', house: 'h1', node: 'north', sensors: [TEMP] }
const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0

test.skipIf(!hasPython)('who is called by SMS acknowledges by answering OK', async () => {
  await using modem = await openSimModem()
  const farm = await openAlarmFarm({ disk: createSimDisk(), nodes: [NODE] })
  const { alarms, channels } = farm.watch
  await channels.set({ id: 'sms', kind: 'sms', name: 'SMS', enabled: true, path: modem.path, baud: 115_200, pin: '' })
  const ways = [{ channel: 'sms', to: '+491701234567' }]
  await alarms.setPlan({ ...alarms.plan(), people: [{ id: 'ada', name: 'Ada', enabled: true, ways }] })
  let seconds = 0
  const until = (isSo: () => boolean, what: string) =>
    eventually(
      async () => {
        for (let i = 0; i < 5; i++, seconds++) {
          if (seconds % (BEAT_MS / 1_000) === 0) {
            farm.beat(NODE)
            farm.data(NODE, TEMP, { value: seconds < 20 ? 22 : 41 })
          }
          await farm.second()
        }
        return isSo()
      },
      30_000,
      what,
    )
  await until(() => modem.sent.length === 1, 'the call')
  expect(modem.sent[0]).toEqual({ to: '+491701234567', text: expect.stringMatching(/^ALARM\nhome\/h1: .*\nReply OK/s) })
  expect(modem.sent[0]!.text.length).toBeLessThanOrEqual(160)
  await modem.receive('+491709999999', 'OK')
  await until(() => modem.deletedCount === 1, 'the stranger’s message is taken')
  expect(alarms.active()[0]!.ack).toBeNull()
  await modem.receive('01701234567', 'ok, on my way')
  await until(() => alarms.active()[0]!.ack !== null, 'it is acknowledged')
  expect(alarms.active()[0]!.ack).toMatchObject({ by: 'Ada' })
  await until(() => modem.sent.some(({ text }) => text.startsWith('Acknowledged: home/h1')), 'the answer')
  await farm.close()
})
