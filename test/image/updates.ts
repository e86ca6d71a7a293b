// Plan: start a fresh card to the claim page; claim; a node's values arrive; refuse what is not for this box; update and confirm; go back from
// a broken one by itself; cut the power while an update is written.
import type { AlarmsDto } from '../../hub/api/alarm-dto.ts'
import type { DeviceDto, SamplesDto } from '../../hub/api/contract.ts'
import type { UpdateDto } from '../../hub/api/update-dto.ts'
import type { VirtualFarm } from '../sim/virtual-farm.ts'
import type { Bundles } from './bundles.ts'
import { readSelect } from './firmware.ts'
import {
  type Bench,
  type Box,
  claimCode,
  expect,
  freshCard,
  Hopeless,
  holds,
  MINUTE_MS,
  openBox,
  openNodes,
  START_LIMIT_MS,
  say,
  until,
} from './steps.ts'

const WRITE_LIMIT_MS = 15 * MINUTE_MS
const CONFIRM_LIMIT_MS = 15 * MINUTE_MS
/** Shares of the writing at which the power fails. */
const WRITE_CUTS_PERCENT = [1, 50, 90]

const committedSlot = ({ card, partitions }: Box) =>
  readSelect(card, partitions, 'autoboot.txt')?.match(/boot_partition=(\d)/)?.[1]

async function samplesOf({ staff }: Box, uid: string): Promise<SamplesDto> {
  const { sensors } = await staff.get<DeviceDto>(`/api/v1/devices/${uid}`)
  const sensor = sensors[0]
  if (!sensor) throw new Error(`${uid} has no sensor yet`)
  return staff.get<SamplesDto>(
    `/api/v1/series/${uid}/${sensor.id}/samples?from=0&to=${Date.now() + 86_400_000}&limit=1000`,
  )
}

/** Every sample that was readable before is there now. */
async function keptAll(box: Box, uid: string, before: SamplesDto): Promise<void> {
  const now = new Set((await samplesOf(box, uid)).samples.map(([tMs, value]) => `${tMs} ${value}`))
  const lost = before.samples.filter(([tMs, value]) => !now.has(`${tMs} ${value}`))
  expect(lost.length === 0, `${lost.length} of ${before.samples.length} samples are gone`)
}

async function install(box: Box, bundle: string): Promise<void> {
  // After a start the node has yet to come back: until then its silence is a critical alarm, in which the box rightly stays as it is.
  const isCalm = async () => {
    const { alarms } = await box.staff.get<AlarmsDto>('/api/v1/alarms')
    const on = alarms.filter(({ severity, overMs }) => severity === 'critical' && overMs === null)
    if (on.length > 0) throw new Error(on.map(({ name, house }) => `${name} ${house}`).join(', '))
    return true
  }
  await until(isCalm, 10 * MINUTE_MS, 'no critical alarm', box.run!)
  const refusal = await box.staff.upload(bundle)
  expect(refusal === null, `refused: ${refusal}`)
  await box.staff.post('/api/v1/update/install')
}
const written = (box: Box) =>
  until<UpdateDto>(
    async () => {
      const status = await box.staff.update()
      if (status.phase === 'idle') throw new Hopeless(`ended: ${status.failure}`)
      return status.phase === 'waiting' ? status : null
    },
    WRITE_LIMIT_MS,
    'the update is written',
    box.run!,
  )

/** From the first start to updates that fail, and power cuts while one is written. */
export async function updates(bench: Bench, bundles: Bundles): Promise<void> {
  const box = await openBox(bench, freshCard(bench, 'card.img'))
  let farm: VirtualFarm | null = null
  try {
    await holds('a fresh card starts to its claim page', async () => {
      box.power()
      await until(
        async () => {
          const page = await fetch(`http://127.0.0.1:${box.ports.http}/claim`)
          return /Claim|claim/.test(await page.text()) && page.ok ? true : null
        },
        START_LIMIT_MS,
        'the claim page',
        box.run!,
      )
    })
    await holds('it is claimed with the code that lies on its card', async () => {
      await box.staff.claim(claimCode(box))
    })
    await holds(
      'the same page comes over HTTPS, signed by the CA that /trust hands out, and names the box',
      async () => {
        const page = await until(() => box.staff.getSecurely('/login', 'roost.local'), MINUTE_MS, 'HTTPS')
        expect(/password/i.test(page), `another page: ${page.slice(0, 200)}`)
        expect(await box.staff.isStranger('/login', 'other.local'), 'a name that is not the box’s is taken')
      },
    )
    let uid = ''
    await holds('a node comes in over the network and its values arrive', async () => {
      farm = await openNodes(box, 1)
      uid = farm.nodes[0]!.uid
      await until(
        async () => ((await samplesOf(box, uid)).samples.length > 5 ? true : null),
        5 * MINUTE_MS,
        'values of the node',
        box.run!,
      )
    })
    for (const [what, bundle] of [
      ['with a stranger’s key', bundles.stranger],
      ['for another board', bundles.otherBoard],
      ['cut short', bundles.truncated],
      ['older than what runs', bundles.older],
    ] as const) {
      await holds(`an update ${what} is refused`, async () => {
        const refusal = await box.staff.upload(bundle)
        expect(refusal !== null, 'it was taken')
        say(`     ${refusal.slice(0, 150).replaceAll('\n', ' ')}`)
      })
    }

    let before = await samplesOf(box, uid)
    await holds('an update is uploaded in pieces, checked and written', async () => {
      await install(box, bundles.newer)
      await written(box)
    })
    await holds('it starts on trial in the other slot, and is kept after the hub was well for a minute', async () => {
      before = await samplesOf(box, uid)
      await box.staff.post('/api/v1/update/restart')
      await box.run!.ended(3 * MINUTE_MS)
      const run = box.power()
      expect(run.choice.partition === 3 && run.choice.isTrial, 'the other slot on trial')
      expect(committedSlot(box) === '2', 'not kept yet')
      await run.line(/slot B is confirmed/, CONFIRM_LIMIT_MS)
      expect(committedSlot(box) === '3', 'kept')
    })
    await holds('the new version runs; staff, node and every value are there', async () => {
      await box.ready()
      await box.staff.logIn()
      const { version: runs, slot, isTrial } = await box.staff.update()
      expect(runs !== bench.version && slot === 'B' && !isTrial, `version ${runs} in slot ${slot}`)
      await keptAll(box, uid, before)
      await until(async () => (farm!.isLinked(uid) ? true : null), 5 * MINUTE_MS, 'the node is back', box.run!)
    })
    await holds('an update whose hub does not come up: the box goes back by itself', async () => {
      await install(box, bundles.broken)
      await written(box)
      before = await samplesOf(box, uid)
      await box.staff.post('/api/v1/update/restart')
      await box.run!.ended(3 * MINUTE_MS)
      expect(box.power().choice.partition === 2, 'the broken one on trial')
      await box.run!.ended(CONFIRM_LIMIT_MS)
      expect(box.power().choice.partition === 3, 'the former one')
      await box.ready()
      await box.staff.logIn()
      await until(
        async () => ((await box.staff.update()).wentBack ? true : null),
        2 * MINUTE_MS,
        'the box says so',
        box.run!,
      )
      await keptAll(box, uid, before)
    })
    for (const percent of WRITE_CUTS_PERCENT) {
      await holds(
        `power cut while an update is written, after ${percent} %: the same system starts, all values are there`,
        async () => {
          before = await samplesOf(box, uid)
          await install(box, bundles.newer)
          await until(
            async () => {
              const status = await box.staff.update()
              if (status.phase !== 'installing') throw new Hopeless(`it is ${status.phase}: ${status.failure}`)
              return (status.percent ?? 0) >= percent ? true : null
            },
            WRITE_LIMIT_MS,
            'the share is written',
            box.run!,
          )
          await box.run!.cut()
          const { choice } = box.power()
          expect(choice.partition === 3 && !choice.isTrial, 'it starts another system')
          await box.ready()
          await box.staff.logIn()
          await keptAll(box, uid, before)
          const { phase, version: runs } = await box.staff.update()
          expect(phase === 'idle' && runs !== bench.version, `phase ${phase}, version ${runs}`)
        },
      )
    }
  } finally {
    await (farm as VirtualFarm | null)?.[Symbol.asyncDispose]()
    await box.run?.cut()
  }
}
