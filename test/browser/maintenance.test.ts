// Plan: a store that holds a month of a node whose memory leaks and of one that is well; staff open the page and have the hub look.
import { join } from 'node:path'
import { connectAsync } from 'mqtt'
import { expect, test } from 'vitest'
import { createLog } from '../../hub/core/log.ts'
import { createSampleBlock } from '../../hub/core/sample.ts'
import { openDataDir } from '../../hub/data-dir.ts'
import { openHub } from '../../hub/hub.ts'
import { parseOptions } from '../../hub/options.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { openStore } from '../../hub/store/open.ts'
import { temporaryDir } from '../sim/hub-process.ts'
import { DESKTOP, launchBrowser, openPage, overflowPx, PHONE, seriousFlaws, shoot } from './browser.ts'

const DAYS = 30
const PERIOD_MS = 600_000

test('a node that will run out of memory is named with what to do, on a phone and on a desktop', async () => {
  await using parts = new AsyncDisposableStack()
  const dir = parts.use(await temporaryDir('browser-maintenance'))
  const data = join(dir.path, 'data')
  const clock = createRealClock()
  const disk = openRealDisk()
  const log = createLog(() => {}, clock.wallMs)
  {
    await using _held = await openDataDir(data, { disk })
    await using store = await openStore({ dir: join(data, 'store'), disk, clock, log })
    const block = createSampleBlock(1)
    block.count = 1
    block.flags[0] = 1
    const perDay = 86_400_000 / PERIOD_MS
    for (let i = 0; i < DAYS * perDay; i++) {
      for (const [uid, leak] of [
        ['rn-000000000001', 3_500],
        ['rn-000000000002', 0],
      ] as const) {
        block.tMs[0] = clock.wallMs() - DAYS * 86_400_000 + i * PERIOD_MS
        block.value[0] = 150_000 - (leak * i) / perDay + ((i * 7_919) % 900)
        store.appendSamples(store.series(uid, '_heap', 'B'), block)
      }
    }
    await new Promise((resolve) => store.commit(resolve))
  }
  const args = [
    '--open',
    '--data',
    data,
    '--http',
    '127.0.0.1:0',
    '--mqtts',
    '127.0.0.1:0',
    '--enrol',
    'off',
    '--mqtt',
    '127.0.0.1:0',
  ]
  const hub = parts.use(await openHub(parseOptions(args, {})!, { disk, clock, log }))
  const scales = await connectAsync(`mqtt://127.0.0.1:${hub.mqttPlain!.port}`)
  await scales.publishAsync('sensor/scales/weight', '1.9', { qos: 1 })
  await scales.publishAsync('sensors/hall-2/power-07/telemetry', '{}', { qos: 1 })
  await scales.endAsync()
  const api = `http://127.0.0.1:${hub.http.port}/api/v1/others`
  const limits = [fetch(`${api}/window~scales`, { method: 'PATCH', body: JSON.stringify({ silentAfterS: 10 }) })]
  limits.push(
    fetch(`${api}/openegiz~hall-2~power-07`, { method: 'PATCH', body: JSON.stringify({ silentAfterS: 86_400 }) }),
  )
  expect((await Promise.all(limits)).map(({ status }) => status)).toEqual([200, 200])
  const browser = await launchBrowser()
  parts.defer(() => browser.close())
  for (const [name, viewport] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
    const opened = parts.use(await openPage(browser, `http://127.0.0.1:${hub.http.port}/maintenance`, { viewport }))
    const { page, complaints } = opened
    await page.click('button:has-text("Look now")')
    await page.waitForSelector('.finding:has-text("running out of memory")')
    const findings = page.locator('[aria-labelledby=findings] .finding')
    expect(await findings.count()).toBe(1)
    expect(await findings.textContent()).toMatch(/rn-000000000001[\s\S]*3\.\d KB a day[\s\S]*days left/)
    const other = page.locator('[aria-labelledby=others] .finding').first()
    await page.waitForSelector('[aria-labelledby=others] :text("Silent. Last heard")', { timeout: 60_000 })
    expect(await other.textContent()).toMatch(/scales.*Silent.*Counts as silent after 10 s/)
    await other.getByRole('button', { name: 'Change' }).click()
    await other.getByLabel('Name').fill(`Scales of the ${name}`)
    await shoot(page, `maintenance-${name}-settings`)
    await other.getByRole('button', { name: 'Save' }).click()
    await page.waitForSelector(`[aria-labelledby=others] h3:has-text("Scales of the ${name}")`)
    expect(await seriousFlaws(page)).toEqual([])
    expect(await overflowPx(page)).toBeLessThanOrEqual(0)
    await shoot(page, `maintenance-${name}`)
    expect(complaints).toEqual([])
  }
})
