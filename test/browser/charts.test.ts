// Plan: a month of two houses in a real hub's store; in a real browser a person looks at it, moves it with fingers, wheel and keys, sets a
// note, saves last month as a file, and lays two flocks over each other. Then the hub goes away. How long a month takes to draw is measured.
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../sim/hub-process.ts'
import { DESKTOP, launchBrowser, openPage, overflowPx, seriousFlaws, shoot } from './browser.ts'
import { type ChartFarm, DAY_MS, GAP, startChartFarm } from './chart-farm.ts'

const TALL_PHONE = { width: 390, height: 844 }
const HOUSE = '/charts?house=farm/house-1'
const WAIT_MS = 30_000
const DRAW_MAX_MS = 150
const TAPS = 7

let farm: ChartFarm
let browser: Browser
const parts = new AsyncDisposableStack()

beforeAll(async () => {
  farm = parts.use(await startChartFarm())
  browser = await launchBrowser()
  parts.defer(() => browser.close())
})
afterAll(() => parts.disposeAsync())

const range = (label: string) => `.ranges .button:text-is("${label}")`
const pressed = (label: string) => `.ranges .button[aria-pressed="true"]:text-is("${label}")`
/** Step and beginning of what is on the glass, in milliseconds. */
async function drawn(page: Page): Promise<{ stepMs: number; fromMs: number }> {
  const text = (await page.getAttribute('.plot', 'data-drawn')) ?? '0/0'
  const [stepMs, fromMs] = text.split('/').map(Number)
  return { stepMs: stepMs!, fromMs: fromMs! }
}
const drawnFrom = (page: Page, hasCome: (fromMs: number, stepMs: number) => boolean, what: string) =>
  eventually(
    async () => {
      const { fromMs, stepMs } = await drawn(page)
      return hasCome(fromMs, stepMs)
    },
    WAIT_MS,
    what,
  )
const opened = (path: string, options = {}) => openPage(browser, `${farm.hub.http}${path}`, options)
async function looksWell(page: Page, name: string) {
  expect(await seriousFlaws(page), name).toEqual([])
  expect(await overflowPx(page), name).toBeLessThanOrEqual(0)
  await shoot(page, name)
}

test('a house on a phone: ranges, legend, marks, the table; a month is drawn in time', async () => {
  await using shown = await opened(HOUSE, { viewport: TALL_PHONE })
  const { page, complaints } = shown
  await page.waitForSelector('.plot canvas')
  await page.waitForSelector('.chart-mark[data-kind="critical"]')
  await looksWell(page, 'charts-day-phone')
  expect(await page.getAttribute('.plot', 'aria-label')).toMatch(/Temperature, all sensors: between [\d.]+ °C and/)

  // A tap on what happened says what it was.
  await page.click('.chart-mark[data-kind="critical"]')
  await page.waitForSelector('.chart-marks:has-text("High temperature"):has-text("seen by Ada")')
  await page.waitForSelector('.chart-marks:has-text("Fan 3 repaired"):has-text("noted by Ben")')
  await page.click('.chart-marks .button:text-is("Close")')

  await page.click('.legend-line:has-text("Humidity")')
  await page.waitForSelector('.legend-line[aria-pressed="false"]:has-text("Humidity")')
  await page.click('.legend-line:has-text("Humidity")')

  const session = await page.context().newCDPSession(page)
  await session.send('Emulation.setCPUThrottlingRate', { rate: 4 })
  const shownMs: number[] = []
  for (let tap = 0; tap < TAPS; tap++) {
    await page.click(range('24 h'))
    await drawnFrom(page, (fromMs, stepMs) => fromMs > farm.nowMs - 2 * DAY_MS && stepMs < DAY_MS, 'the day')
    shownMs.push(await msToDraw(page, '30 d', DAY_MS))
  }
  await session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
  const sorted = shownMs.toSorted((a, b) => a - b)
  process.stdout.write(
    `30 days of a house, 4 sensors, drawn after the tap (4x slower CPU): ${sorted.map(Math.round).join(' ')} ms\n`,
  )
  // Others may have the machine for a while; the best of the taps says what the page needs.
  expect(sorted[0]).toBeLessThanOrEqual(DRAW_MAX_MS)
  await page.waitForSelector('.chart-mark[data-kind="warning"]')
  await looksWell(page, 'charts-month-phone')

  await page.click('.button:text-is("Show as a table")')
  await page.waitForSelector('tbody tr')
  expect(await page.locator('tbody tr').count()).toBe(31)
  expect(await page.textContent('tbody tr:nth-child(3)')).toMatch(/\d\d\.\d.*to/)
  await looksWell(page, 'charts-table-phone')
  expect(complaints).toEqual([])
})

/** From a tap on a range until its own values, in steps of `stepMs`, are on the glass. */
async function msToDraw(page: Page, label: string, stepMs: number): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const plot = document.querySelector('.plot')
    const button = [...document.querySelectorAll('.ranges .button')].find((each) => each.textContent === '${label}')
    const startMs = performance.now()
    const look = () => {
      if (plot.dataset.drawn?.startsWith('${stepMs}/')) requestAnimationFrame(() => resolve(performance.now() - startMs))
    }
    new MutationObserver(look).observe(plot, { attributes: true })
    button.click()
  })`)
}

test('fingers, mouse, wheel and keys move a chart; a silent node leaves a gap', async () => {
  await using shown = await opened(`${HOUSE}&range=flock&series=rn-0000000000a1/temp`, { viewport: DESKTOP })
  const { page, complaints } = shown
  await page.waitForSelector(pressed('Flock'))
  await drawnFrom(
    page,
    (fromMs, stepMs) => fromMs === farm.placedMs && stepMs > 1_000_000,
    'the flock from its first day',
  )
  await page.click('.button:text-is("Show as a table")')
  const cells = await page.evaluate<string[]>(
    `[...document.querySelectorAll('tbody tr')].map((row) => row.textContent)`,
  )
  const stepMs = (await drawn(page)).stepMs
  const silent = cells.filter((cell) => cell.endsWith('–––'))
  expect(silent.length).toBeGreaterThan(((GAP.toDay - GAP.fromDay) * DAY_MS) / stepMs - 3)

  // The mouse takes hold of it and brings what was before.
  await page.click(range('7 d'))
  await drawnFrom(page, (fromMs) => fromMs > farm.nowMs - 7.1 * DAY_MS, 'the week')
  await page.locator('.u-over').scrollIntoViewIfNeeded()
  const box = (await page.locator('.u-over').boundingBox())!
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 }
  await page.mouse.move(middle.x, middle.y)
  await page.mouse.down()
  await page.mouse.move(middle.x + box.width / 4, middle.y, { steps: 4 })
  await page.mouse.up()
  await page.waitForSelector('.steps-in-time .button:text-is("To now"):enabled')
  await drawnFrom(page, (fromMs) => Math.abs(fromMs - (farm.nowMs - 8.75 * DAY_MS)) < DAY_MS / 4, 'two days earlier')
  // The wheel is for the page until the chart was touched; then it is for the chart, about the pointer.
  await page.mouse.wheel(0, -400)
  await drawnFrom(page, (fromMs) => fromMs > farm.nowMs - 8 * DAY_MS, 'a shorter stretch')
  await page.focus('.chart')
  await page.keyboard.press('End')
  await page.waitForSelector('.steps-in-time .button:text-is("To now"):disabled')
  await page.keyboard.press('-')
  await page.waitForSelector(pressed('7 d'))
  await page.keyboard.press('-')
  await page.waitForSelector(pressed('30 d'))

  // Two fingers, as a touch screen tells them.
  const before = await drawn(page)
  const session = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', xs: number[]) =>
    session.send('Input.dispatchTouchEvent', {
      type,
      touchPoints: xs.map((x, id) => ({ x, y: middle.y, id })),
    })
  await touch('touchStart', [middle.x - 60, middle.x + 60])
  for (const apart of [90, 130, 180, 240]) await touch('touchMove', [middle.x - apart, middle.x + apart])
  await touch('touchEnd', [])
  await drawnFrom(page, (fromMs) => fromMs > before.fromMs + 5 * DAY_MS, 'what two fingers spread')
  expect(complaints).toEqual([])
})

test('a note is kept, stays typed when the hub refuses, and is taken away again', async () => {
  await using shown = await opened(HOUSE, { viewport: TALL_PHONE })
  const { page } = shown
  await page.click('.button:text-is("Add a note")')
  await page.fill('[name="note"]', 'New feed silo')
  await page.route('**/api/v1/notes', (route) => route.abort())
  await page.click('.button:text-is("Keep the note")')
  await page.waitForSelector('[role="alert"]:has-text("not kept")')
  expect(await page.inputValue('[name="note"]')).toBe('New feed silo')
  await looksWell(page, 'charts-note-phone')
  await page.unroute('**/api/v1/notes')
  await page.click('.button:text-is("Keep the note")')
  await page.waitForSelector('text=The note is kept.')
  await page.waitForSelector('.chart-mark')
  await page.locator('.chart-mark').last().click()
  const note = '.chart-marks li:has-text("New feed silo")'
  await page.click(`${note} .button`)
  await page.waitForSelector(note, { state: 'detached' })
  await eventually(
    async () => {
      const { notes } = (await (await fetch(`${farm.hub.http}/api/v1/notes`)).json()) as { notes: { text: string }[] }
      return notes.length === 1 && notes[0]!.text === 'Fan 3 repaired'
    },
    WAIT_MS,
    'the note to be gone',
  )
})

test('last month is a file in three taps from the first page', async () => {
  await using shown = await opened('/', { viewport: TALL_PHONE, acceptDownloads: true })
  const { page, complaints } = shown
  const save = async (format: string) => {
    const waiting = page.waitForEvent('download')
    await page.locator(`.files .button:text-is("${format}")`).first().click()
    const download = await waiting
    return { name: download.suggestedFilename(), bytes: await readFile(await download.path()) }
  }
  await page.click('a[href="/houses/farm/house-1"]')
  await page.click('main a[href="/charts?house=farm/house-1"]')
  await page.waitForSelector('.files')
  const excel = await save('Excel')
  expect(excel.name).toMatch(/^farm-house-1-\d{4}-\d\d-.*\.xlsx$/)
  expect(excel.bytes.subarray(0, 4).toString('latin1')).toBe('PK\x03\x04')
  const csv = await save('CSV')
  const lines = csv.bytes.toString('utf8').trimEnd().split('\r\n')
  expect(lines[0]).toContain('north temp lowest (°C)')
  expect(csv.name).toMatch(/\.csv$/)
  expect(complaints).toEqual([])
})

test('two flocks over each other by day of age, temperatures and losses', async () => {
  await using shown = await opened(HOUSE, { viewport: DESKTOP })
  const { page, complaints } = shown
  await page.click('.check:has-text("House 1, Spring")')
  await page.click('.check:has-text("House 2")')
  await page.click('.button:text-is("Compare 2 flocks")')
  await page.waitForSelector('h1:text-is("Compare flocks")')
  await page.waitForSelector('.plot canvas')
  expect(await page.getAttribute('.plot', 'aria-label')).toMatch(/^day 0 to day \d+\. House 1, Spring/)
  await page.selectOption('select', 'lost')
  await page.waitForSelector('h2:text-is("Birds lost")')
  await page.waitForSelector('.legend-line:has-text("%")')
  await page.click('.button:text-is("Show as a table")')
  await page.waitForSelector('tbody tr th:text-is("day 0")')
  await looksWell(page, 'charts-compare-desktop')
  expect(new URL(page.url()).search).toContain('flocks=f1~f2')
  expect(complaints).toEqual([])
})

test('a house without a flock, one that is not there, and no answer: each is said', async () => {
  await using shown = await opened('/charts?house=farm/house-9', { viewport: TALL_PHONE })
  const { page } = shown
  await page.waitForSelector('h2:text-is("No node hangs in this house any more.")')
  await looksWell(page, 'charts-unknown-phone')
  let isAway = true
  await page.route('**/api/v1/courses**', (route) => (isAway ? route.abort() : route.continue()))
  await page.click('.notice a:text-is("House 1")')
  await page.waitForSelector('.chart-absent:has-text("did not give these values")')
  await looksWell(page, 'charts-error-phone')
  isAway = false
  await page.click('.chart-absent .button')
  await page.waitForSelector('.plot canvas')
  isAway = true
  await page.click(range('30 d'))
  await page.waitForSelector('text=what you see is what was there before')
})

// Not again: the hub is gone then.
test('when the hub goes away the chart stays and says where it ends', { retry: 0 }, async () => {
  await using shown = await opened(HOUSE, { viewport: TALL_PHONE })
  const { page } = shown
  await page.waitForSelector('.plot canvas')
  await farm.hub.stop()
  await page.waitForSelector('text=/Cut off: the chart ends at/', { timeout: 60_000 })
  expect(await page.isVisible('.plot canvas')).toBe(true)
  await looksWell(page, 'charts-cut-phone')
})
