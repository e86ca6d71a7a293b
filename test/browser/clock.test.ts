// Plan: the hub in this process on a machine that shows 1970; a person opens the page and gives it the time of the device.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ClockDto } from '../../hub/api/contract.ts'
import { createLog } from '../../hub/core/log.ts'
import { openHub } from '../../hub/hub.ts'
import { parseOptions } from '../../hub/options.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { temporaryDir } from '../sim/hub-process.ts'
import { createSimSystemTime } from '../sim/system-time.ts'
import { launchBrowser, openPage, overflowPx, PHONE, seriousFlaws, shoot } from './browser.ts'

test('a hub without the time says so on every page, and a phone gives it', async () => {
  await using parts = new AsyncDisposableStack()
  const dir = parts.use(await temporaryDir('browser-clock'))
  const real = createRealClock()
  const machine = createSimSystemTime(real, 60_000)
  const args = [
    '--open',
    '--data',
    join(dir.path, 'data'),
    '--http',
    '127.0.0.1:0',
    '--mqtts',
    '127.0.0.1:0',
    '--enrol',
    'off',
  ]
  const log = createLog(() => {}, real.wallMs)
  const hub = parts.use(
    await openHub(parseOptions(args, {})!, { disk: openRealDisk(), clock: machine.clock, log, time: machine }),
  )
  const browser = await launchBrowser()
  parts.defer(() => browser.close())
  const url = `http://127.0.0.1:${hub.http.port}`
  const opened = parts.use(await openPage(browser, `${url}/diagnostics`, { viewport: PHONE }))
  const { page, complaints } = opened
  await page.waitForSelector('.banner[data-kind="clock"]:has-text("does not know what time it is")')
  expect(await seriousFlaws(page)).toEqual([])
  expect(await overflowPx(page)).toBeLessThanOrEqual(0)
  await shoot(page, 'clock-unset')
  await page.click('.banner[data-kind="clock"] button')
  await page.waitForSelector('.banner', { state: 'detached', timeout: 10_000 })
  const clock = (await (await fetch(`${url}/api/v1/clock`)).json()) as ClockDto
  expect(clock).toMatchObject({ source: 'staff', isTrusted: true })
  expect(Math.abs(clock.nowMs - Date.now())).toBeLessThan(5_000)
  expect(complaints).toEqual([])
})
