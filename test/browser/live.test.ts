// The web UI in a real browser, on the real hub, fed by virtual nodes over mutual TLS.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ConfigDto } from '../../hub/api/contract.ts'
import { eventually, startHub, temporaryDir } from '../sim/hub-process.ts'
import { DESKTOP, launchBrowser, openPage, overflowPx, PHONE, seriousFlaws, shoot, type Theme } from './browser.ts'
import { type LiveFarm, startLiveFarm } from './live-farm.ts'

let live: LiveFarm
let browser: Browser
const parts = new AsyncDisposableStack()

beforeAll(async () => {
  browser = await launchBrowser()
  parts.defer(() => browser.close())
  live = parts.use(await startLiveFarm())
})
afterAll(() => parts.disposeAsync())

const HOUSE_1 = 'article:has(.house-name:text-is("House 1"))'
const TEMPERATURE = `${HOUSE_1} .tile[data-quantity="temperature"]`
const liveNumber = `${TEMPERATURE}[data-kind="live"] .tile-number`
const nodePath = (name: string) => {
  const node = live.farm.nodes.find(({ place }) => place.house === 'house-1' && place.node === name)!
  return { uid: node.uid, path: `/nodes/${node.uid}` }
}

test('a tile changes by itself and tells its age', async () => {
  await using opened = await openPage(browser, live.hub.http)
  const { page, complaints } = opened
  await page.waitForSelector(liveNumber, { timeout: 60_000 })
  const first = await page.textContent(liveNumber)
  await eventually(async () => (await page.textContent(liveNumber)) !== first, 60_000, 'another temperature')
  expect(await page.textContent(`${TEMPERATURE} .tile-status`)).toMatch(/^\d+ s ago$/)
  expect(complaints).toEqual([])
})

test('a phone whose clock is a day ahead shows the same ages', async () => {
  await using opened = await openPage(browser, 'about:blank')
  const { page } = opened
  await page.addInitScript('const now = Date.now; Date.now = () => now() + 86_400_000')
  await page.goto(live.hub.http)
  await page.waitForSelector(liveNumber)
  expect(await page.textContent(`${TEMPERATURE} .tile-status`)).toMatch(/^\d+ s ago$/)
})

test('the keyboard alone reaches a node, its course and the table of it', async () => {
  await using opened = await openPage(browser, live.hub.http, { viewport: DESKTOP })
  const { page } = opened
  await page.waitForSelector(liveNumber)
  const focused = () => page.evaluate<string>('document.activeElement.outerHTML.slice(0, 300)')
  const tabTo = async (what: RegExp) => {
    for (let presses = 0; presses < 60; presses++) {
      await page.keyboard.press('Tab')
      if (what.test(await focused())) return
    }
    throw new Error(`Tab never reached ${what}; it is at ${await focused()}`)
  }
  await tabTo(/class="skip"/)
  await tabTo(/href="\/nodes\//)
  await page.keyboard.press('Enter')
  await page.waitForSelector('h2:text-is("Sensors")')
  expect(await focused()).toMatch(/^<h1/)
  await tabTo(/class="chart"/)
  await page.waitForSelector('.plot canvas')
  await page.keyboard.press('-')
  await page.waitForSelector('.ranges .button[aria-pressed="true"]:text-is("7 d")')
  await page.keyboard.press('ArrowLeft')
  await page.waitForSelector('.steps-in-time .button:text-is("To now"):enabled')
  await page.keyboard.press('End')
  await tabTo(/aria-expanded/)
  await page.keyboard.press('Enter')
  await page.waitForSelector('table tbody tr')
})

test('the page of a node says whether it follows what was set', async () => {
  const { uid, path } = nodePath('south')
  await using opened = await openPage(browser, `${live.hub.http}${path}`)
  const { page } = opened
  await page.waitForSelector('h2:text-is("Sensors")')
  await page.click('section:has(h2:text-is("Settings")) button:text-is("Change")')
  await page.fill('input[name="publish"]', '0.5')
  await page.click('button:text-is("Save")')
  await page.waitForSelector('.settings-problem:has-text("publish_ms")')
  expect(await seriousFlaws(page)).toEqual([])
  await page.fill('input[name="publish"]', '4')
  await page.click('button:text-is("Save")')
  await page.waitForSelector('.fact-config[data-state="in-sync"] strong:text-is("in step")', { timeout: 10_000 })
  const config = (await (await fetch(`${live.hub.http}/api/v1/devices/${uid}/config`)).json()) as ConfigDto
  expect(config).toMatchObject({ rev: 1, appliedRev: 1, settings: { sample_ms: 1_000, publish_ms: 4_000 } })
  await page.click('button:text-is("Measure now")')
  await page.waitForSelector('[aria-labelledby="node-commands"] [role="status"]:has-text("measured just now")')
  expect(await page.textContent('[aria-labelledby="node-commands"] li')).toMatch(/\d/)
  expect(await seriousFlaws(page)).toEqual([])
  await page.locator('#node-commands').scrollIntoViewIfNeeded()
  await shoot(page, 'node-commands')
})

test('the diagnostics page shows what was refused and clears it', async () => {
  const { uid, path } = nodePath('north')
  const { place } = live.farm.nodes.find((node) => node.uid === uid)!
  await live.publishAs(
    uid,
    `/farm/${place.site}/${place.house}/${place.node}/data/temp`,
    Buffer.from('a1617609', 'hex'),
  )
  await using opened = await openPage(browser, live.hub.http)
  const { page, complaints } = opened
  await page.click('nav a:has-text("More")')
  await page.click('a:has-text("Diagnostics")')
  await page.waitForSelector('td:text-is("version")')
  expect(await page.$(`a[href="${path}"]`)).not.toBe(null)
  expect(await seriousFlaws(page)).toEqual([])
  expect(await overflowPx(page)).toBeLessThanOrEqual(0)
  await page.click('button:text-is("Clear the list")')
  await page.waitForSelector('table', { state: 'detached' })
  expect(complaints).toEqual([])
})

test('the course is drawn from the history and goes on with live values', async () => {
  await using opened = await openPage(browser, `${live.hub.http}${nodePath('north').path}?sensor=temp`)
  const { page, complaints } = opened
  await page.waitForSelector('.plot canvas')
  // The drawing holds the colour of the mean line, somewhere.
  const hasLine = `(() => {
    const canvas = document.querySelector('.plot canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    const wanted = getComputedStyle(canvas).getPropertyValue('--line-1').match(/[0-9a-f]{2}/gi).map((hex) => parseInt(hex, 16))
    let found = 0
    for (let i = 0; i < data.length; i += 4) if (wanted.every((level, at) => Math.abs(data[i + at] - level) < 3)) found++
    return found > 50
  })()`
  await eventually(() => page.evaluate<boolean>(hasLine), 30_000, 'a drawn line')
  await page.click('.button:text-is("1 h")')
  await page.click('.button:text-is("Show as a table")')
  const newest = () => page.textContent('tbody tr:first-child')
  await page.waitForSelector('tbody tr')
  const before = await newest()
  await eventually(async () => (await newest()) !== before, 30_000, 'a newer row')
  expect(complaints).toEqual([])
})

test.each([
  ['light', 'phone', PHONE],
  ['dark', 'phone', PHONE],
  ['light', 'desktop', DESKTOP],
  ['dark', 'desktop', DESKTOP],
] as const)('axe finds nothing serious and nothing overflows: %s, %s', async (colorScheme, size, viewport) => {
  await using empty = await startEmptyHub()
  await using opened = await openPage(browser, live.hub.http, { viewport, colorScheme: colorScheme satisfies Theme })
  const { page, complaints } = opened
  const screens = [
    ['overview', live.hub.http, liveNumber],
    ['node', `${live.hub.http}${nodePath('south').path}`, '.plot canvas'],
    ['unknown-node', `${live.hub.http}/nodes/rn-ffffffffffff`, 'h1:text-is("This node is not known here")'],
    ['not-found', `${live.hub.http}/barn/door`, 'h1:text-is("There is no such page")'],
    ['empty', empty.http, 'h2:text-is("No node yet")'],
  ] as const
  for (const [name, url, selector] of screens) {
    await page.goto(url)
    await page.waitForSelector(selector)
    if (name === 'node') {
      await page.click('.button:text-is("Show as a table")')
      await page.waitForSelector('tbody tr')
    }
    expect(await seriousFlaws(page), `${name}, ${colorScheme}`).toEqual([])
    expect(await overflowPx(page), `${name} is too wide`).toBeLessThanOrEqual(0)
    expect(await smallTargets(), `${name} has small touch targets`).toEqual([])
    await shoot(page, `${name}-${size}-${colorScheme}`)
  }
  expect(complaints).toEqual([])

  /** What a finger must hit and is under 48 px in either direction; the link for the keyboard alone is none. */
  async function smallTargets() {
    return page.evaluate<string[]>(`[...document.querySelectorAll('a:not(.skip), button')]
      .filter((each) => { const box = each.getBoundingClientRect(); return box.width < 48 || box.height < 48 })
      .map((each) => each.outerHTML.slice(0, 100))`)
  }
})

test('the choice of the theme is kept', async () => {
  await using opened = await openPage(browser, live.hub.http, { colorScheme: 'light' })
  const { page } = opened
  await page.click('button:has-text("Dark")')
  await page.reload()
  await page.waitForSelector('html[data-theme="dark"]')
  await page.click('button:has-text("Sunlight")')
  await page.reload()
  await page.waitForSelector('html[data-theme="sunlight"]')
  for (const [name, url, selector] of [
    ['overview', live.hub.http, liveNumber],
    ['node', `${live.hub.http}${nodePath('south').path}`, '.plot canvas'],
  ] as const) {
    await page.goto(url)
    await page.waitForSelector(selector)
    expect(await seriousFlaws(page), name).toEqual([])
    await shoot(page, `${name}-phone-sunlight`)
  }
})

test('a node that is silent for 30 s is offline, and online again when it speaks', async () => {
  await using opened = await openPage(browser, live.hub.http)
  const { page } = opened
  const { uid, path } = nodePath('north')
  const entry = `${HOUSE_1} a[href="${path}"]`
  await page.waitForSelector(`${entry}[data-liveness="online"]`)
  live.farm.silence(uid)
  const startMs = performance.now()
  await page.waitForSelector(`${entry}[data-liveness="offline"]`, { timeout: 45_000 })
  const tookS = (performance.now() - startMs) / 1000
  expect(tookS).toBeGreaterThan(15) // its last message may be some seconds older than the cut
  expect(tookS).toBeLessThan(35)
  expect(await page.textContent(`${HOUSE_1} .house-counts`)).toBe('1 offline, 1 online')
  await page.waitForSelector('article:first-child .house-name:text-is("House 1")') // the worst house is first
  await page.waitForSelector(`${TEMPERATURE} .tile-warning:text-matches("1 of 2: no data for")`)
  expect(await page.textContent('[role="status"]')).toContain('is offline')
  await shoot(page, 'node-offline')
  live.farm.resume(uid)
  await page.waitForSelector(`${entry}[data-liveness="online"]`, { timeout: 45_000 })
})

test('a cut stream is said at once, no value looks live, and all comes back with the hub', async () => {
  await using opened = await openPage(browser, live.hub.http)
  const { page } = opened
  await page.waitForSelector(liveNumber)
  await live.hub.stop()
  await page.waitForSelector('.banner-title:text-matches("No connection to the hub since \\\\d")', { timeout: 15_000 })
  expect(await page.locator('.tile[data-kind="live"]').count()).toBe(0)
  expect(await page.textContent(`${TEMPERATURE} .tile-status`)).toMatch(/^no data for \d+ (s|min)$/)
  await page.waitForTimeout(2_500)
  expect(await page.textContent(`${TEMPERATURE} .tile-status`)).not.toMatch(/for [01] s/) // ages on
  expect(await seriousFlaws(page)).toEqual([])
  expect(await overflowPx(page)).toBeLessThanOrEqual(0)
  await shoot(page, 'cut')
  await live.restartHub()
  await page.waitForSelector('.banner', { state: 'detached', timeout: 30_000 })
  await page.waitForSelector(liveNumber, { timeout: 60_000 })
})

async function startEmptyHub() {
  await using parts = new AsyncDisposableStack()
  const dir = parts.use(await temporaryDir('empty'))
  const hub = await startHub({ dataDir: dir.path, level: 'warn' })
  parts.defer(async () => void (await hub.stop()))
  const opened = parts.move()
  return { http: hub.http, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}
