// npm run test:image [-- --image FILE] [--only growth|update]: the very image on a simulated box, from the first start to updates and power cuts.
// Plan: start a fresh card to the claim page; claim; a node's values arrive; refuse what is not for this box; update and confirm; go back from
// a broken one by itself; cut the power while an update is written and while a new card grows. Without --image it is made first.
//
// A cut is a killed machine: what the guest had handed to its card stays. A real card may lose more; image/DESIGN.md lists what a Pi must prove.
import { spawnSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { AlarmsDto } from '../../hub/api/alarm-dto.ts'
import type { DeviceDto, SamplesDto } from '../../hub/api/contract.ts'
import type { UpdateDto } from '../../hub/api/update-dto.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { type ImageConfig, planPartitions } from '../../scripts/image-plan.ts'
import { openVirtualFarm, type VirtualFarm } from '../sim/virtual-farm.ts'
import { freePorts, type Run, start } from './box.ts'
import { type Bundles, cutOut, makeBundles } from './bundles.ts'
import { readSelect } from './firmware.ts'
import { createStaff } from './staff.ts'

const rootDir = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const MINUTE_MS = 60_000
/** Emulated, on a machine that others use too: a start takes one to four minutes. */
const START_LIMIT_MS = 12 * MINUTE_MS
const WRITE_LIMIT_MS = 15 * MINUTE_MS
const CONFIRM_LIMIT_MS = 15 * MINUTE_MS
const CARD_BYTES = 4 * 1024 ** 3
/** Shares of the writing at which the power fails. */
const WRITE_CUTS_PERCENT = [1, 50, 90]
/** What a new box says of its growth, and how long after it the power fails. */
const GROWTH_CUTS: [RegExp, number][] = [
  [/growing the data partition/, 0],
  [/growing the data partition/, 600],
  [/Starting roost-data-grow/, 0],
  [/on-line resizing required/, 20],
]

const { values: options } = parseArgs({
  options: { image: { type: 'string' }, work: { type: 'string' }, only: { type: 'string' } },
})
const config: ImageConfig = JSON.parse(readFileSync(join(rootDir, 'image/config/roost.json'), 'utf8'))
const partitions = planPartitions(config.sizesMiB)
const workDir = options.work ?? join(rootDir, '.cache/image/test')
const { version } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'))
const imagePath = options.image ?? join(rootDir, `.cache/image/out/roost-${version}.img`)

let passed = 0
let failed = 0
const beganMs = performance.now()
const seconds = (fromMs: number) => `${((performance.now() - fromMs) / 1000).toFixed(0)} s`
const say = (text: string) => process.stdout.write(`${seconds(beganMs).padStart(7)}  ${text}\n`)

/** One promise of the image. What depends on it is not tried when it fails. */
async function holds<T>(what: string, work: () => Promise<T>): Promise<T> {
  const fromMs = performance.now()
  say(`… ${what}`)
  try {
    const result = await work()
    passed++
    say(`ok ${what} (${seconds(fromMs)})`)
    return result
  } catch (error) {
    failed++
    say(`FAILED ${what} (${seconds(fromMs)}): ${(error as Error).message}`)
    throw error
  }
}
function expect(isTrue: boolean, what: string): asserts isTrue {
  if (!isTrue) throw new Error(what)
}
/** What waiting does not mend. */
class Hopeless extends Error {}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

async function until<T>(look: () => Promise<T | null>, limitMs: number, what: string, run?: Run): Promise<T> {
  const fromMs = performance.now()
  let last = ''
  for (;;) {
    if (run && !run.isRunning()) throw new Error(`the machine stopped: ${what}\n${run.lines.slice(-25).join('\n')}`)
    const found = await look().catch((error: Error) => {
      if (error instanceof Hopeless) throw error
      last = error.message
      return null
    })
    if (found !== null) return found
    if (performance.now() - fromMs > limitMs) {
      throw new Error(`not in ${limitMs / 1000} s: ${what} ${last}\n${run?.lines.slice(-25).join('\n') ?? ''}`)
    }
    await pause(2_000)
  }
}

function freshCard(name: string): string {
  const path = join(workDir, name)
  copyFileSync(imagePath, path)
  truncateSync(path, CARD_BYTES)
  return path
}

async function openBox(card: string) {
  const ports = await freePorts()
  const staff = createStaff(ports.http)
  const bootDir = join(workDir, 'boot')
  mkdirSync(bootDir, { recursive: true })
  const box = {
    card,
    ports,
    staff,
    run: null as Run | null,
    /** Starts what the card says, as after power came. */
    power: () => {
      box.run = start(card, partitions, bootDir, ports)
      return box.run
    },
    /** The hub takes messages and keeps them. */
    ready: () =>
      until(
        async () => ((await fetch(`http://127.0.0.1:${ports.http}/readyz`)).ok ? true : null),
        START_LIMIT_MS,
        'the hub is ready',
        box.run!,
      ),
  }
  return box
}
type Box = Awaited<ReturnType<typeof openBox>>

const committedSlot = (card: string) => readSelect(card, partitions, 'autoboot.txt')?.match(/boot_partition=(\d)/)?.[1]

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

async function updates(bundles: Bundles): Promise<void> {
  const box = await openBox(freshCard('card.img'))
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
      const code = /^claim code: (\S+)/m.exec(readSelect(box.card, partitions, 'claim-code.txt') ?? '')?.[1]
      expect(code !== undefined, 'the card shows no claim code')
      await box.staff.claim(code)
    })
    let uid = ''
    await holds('a node comes in over the network and its values arrive', async () => {
      farm = await openVirtualFarm({
        seed: 9,
        houses: 1,
        nodesPerHouse: 1,
        clock: createRealClock(),
        broker: {
          host: '127.0.0.1',
          port: box.ports.mqtts,
        },
        enrol: {
          host: '127.0.0.1',
          port: box.ports.enrol,
        },
        credentialsOf: (id, { site, house, node }) => box.staff.enrol(id, `${site}/${house}/${node}`, box.ports.enrol),
      })
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
      expect(committedSlot(box.card) === '2', 'not kept yet')
      await run.line(/slot B is confirmed/, CONFIRM_LIMIT_MS)
      expect(committedSlot(box.card) === '3', 'kept')
    })
    await holds('the new version runs; staff, node and every value are there', async () => {
      await box.ready()
      await box.staff.logIn()
      const { version: runs, slot, isTrial } = await box.staff.update()
      expect(runs !== version && slot === 'B' && !isTrial, `version ${runs} in slot ${slot}`)
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
          expect(phase === 'idle' && runs !== version, `phase ${phase}, version ${runs}`)
        },
      )
    }
  } finally {
    await (farm as VirtualFarm | null)?.[Symbol.asyncDispose]()
    await box.run?.cut()
  }
}

async function growth(): Promise<void> {
  const box = await openBox(freshCard('new-card.img'))
  try {
    for (const [at, afterMs] of GROWTH_CUTS) {
      await holds(`power cut of a new box ${afterMs} ms after "${at.source}"`, async () => {
        const run = box.power()
        // A cut that came late leaves nothing to grow: the card is as good as new then, and starts without.
        await run.line(new RegExp(`${at.source}|this box is`), START_LIMIT_MS)
        await pause(afterMs)
        await run.cut()
      })
    }
    await holds('it starts afterwards, and its data fill the card', async () => {
      const run = box.power()
      await box.ready()
      const bad = run.lines.find((line) => /could not (grow|be repaired)/.test(line))
      expect(bad === undefined, bad ?? '')
      const table = spawnSync('sfdisk', ['--json', box.card], { encoding: 'utf8' }).stdout
      const parts = JSON.parse(table).partitiontable.partitions as { start: number; size: number }[]
      const endBytes = Math.max(...parts.map(({ start: from, size }) => (from + size) * 512))
      expect(CARD_BYTES - endBytes < 8 * 1024 * 1024, `${CARD_BYTES - endBytes} bytes are left at the end`)
    })
    await holds('its file system is sound', async () => {
      await box.run!.cut()
      // In a file of its own: e2fsck loses its place in a larger one once it has replayed the journal.
      const data = { ...partitions.find(({ name }) => name === 'data')! }
      data.sizeSectors = CARD_BYTES / 512 - data.startSectors
      cutOut(box.card, data, join(workDir, 'data.img'))
      const { status, stdout } = spawnSync('e2fsck', ['-fy', join(workDir, 'data.img')], { encoding: 'utf8' })
      // 1: the journal was replayed, as the box itself would.
      expect(status === 0 || status === 1, `e2fsck ended with ${status}: ${stdout.slice(-800)}`)
    })
  } finally {
    await box.run?.cut()
  }
}

rmSync(workDir, { recursive: true, force: true })
mkdirSync(workDir, { recursive: true })
try {
  if (!existsSync(imagePath)) {
    await holds('the image is made', async () => {
      const made = spawnSync(process.execPath, [join(rootDir, 'scripts/image.ts'), '--fast'], { stdio: 'inherit' })
      expect(made.status === 0, 'it could not be made')
    })
  }
  if (options.only !== 'growth') {
    const bundles = await holds('updates for the test are made of it', async () =>
      makeBundles(imagePath, partitions, workDir),
    )
    await updates(bundles)
  }
  if (options.only !== 'update') await growth()
} catch {
  // It was said above; what follows would only fail for the same reason.
}
say(`${seconds(beganMs)} in all`)
process.stdout.write(`${passed} passed, ${failed} failed\n`)
process.exit(failed === 0 ? 0 : 1)
