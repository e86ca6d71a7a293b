// Plan: a real hub with living nodes; a person on a phone lets birds arrive, notes losses, changes the curve, says what the house is used for,
// reads and sends the report, lets the flock leave; the pages are looked at in every size and theme. Then the hub goes away.
import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DailyReport, FlocksDto, HouseDto, ReportPlanDto } from '../../hub/api/alarm-dto.ts'
import type { DeviceDto } from '../../hub/api/contract.ts'
import { eventually } from '../sim/hub-process.ts'
import { DESKTOP, launchBrowser, openPage, overflowPx, seriousFlaws, shoot } from './browser.ts'
import { type LiveFarm, startLiveFarm } from './live-farm.ts'
import { startReceiver } from './receiver.ts'

const TALL_PHONE = { width: 390, height: 844 }
const TIME_ZONE = 'Asia/Manila'
const METRIC_REGION = { locale: 'en-GB', timezoneId: TIME_ZONE }
const HOUSE = '/houses/home/house-1'
const OTHER = '/houses/home/house-2'
const WAIT_MS = 30_000
const DAY_MS = 86_400_000

let live: LiveFarm
let browser: Browser
const parts = new AsyncDisposableStack()

beforeAll(async () => {
  live = parts.use(await startLiveFarm())
  browser = await launchBrowser()
  parts.defer(() => browser.close())
})
afterAll(() => parts.disposeAsync())

const dateOf = (tMs: number) =>
  new Intl.DateTimeFormat('en-CA', { timeZone: TIME_ZONE, year: 'numeric', month: '2-digit', day: '2-digit' }).format(
    tMs,
  )
const get = async <T>(path: string) => (await (await fetch(`${live.hub.http}/api/v1${path}`)).json()) as T
const put = async (path: string, body: unknown) => {
  const { status } = await fetch(`${live.hub.http}/api/v1${path}`, { method: 'PUT', body: JSON.stringify(body) })
  expect(status, path).toBeLessThan(300)
}
const opened = (path: string, options = {}) =>
  openPage(browser, `${live.hub.http}${path}`, { ...METRIC_REGION, viewport: TALL_PHONE, ...options })

/** Whatever an earlier try left in the house leaves it. */
async function emptyHouse(name: string) {
  for (const { id, house, closedOn } of (await get<FlocksDto>('/flocks')).flocks) {
    if (house !== name || closedOn !== null) continue
    await fetch(`${live.hub.http}/api/v1/flocks/${id}/close`, { method: 'POST', body: '{}' })
  }
}

/** What a finger must hit and is under 48 px in either direction. */
const smallTargets = (page: Page) =>
  page.evaluate<
    string[]
  >(`[...document.querySelectorAll('main a, main button, main select, main input:not([type=checkbox])')]
    .filter((each) => { const box = each.getBoundingClientRect(); return box.width < 48 || box.height < 47.5 })
    .map((each) => each.outerHTML.slice(0, 120))`)
async function looksWell(page: Page, name: string) {
  expect(await seriousFlaws(page), name).toEqual([])
  expect(await overflowPx(page), `${name} is too wide`).toBeLessThanOrEqual(0)
  expect(await smallTargets(page), `${name} has small touch targets`).toEqual([])
  await shoot(page, name)
}

test('a flock from its arrival to its end, on a phone', async () => {
  await emptyHouse('house-2')
  await using shown = await opened('/')
  const { page, complaints } = shown
  await page.click('.house-name:text-is("House 2")')
  await page.waitForSelector('h1:text-is("House 2")')
  await page.waitForSelector('.tile-hero[data-kind="live"]')
  await page.click('a:text-is("Birds arrive")')

  // Birds came eleven days ago; the phone tells the farm where it is.
  await page.waitForSelector('select[name="house"]')
  expect(await page.inputValue('select[name="house"]')).toBe('home/house-2')
  const today = dateOf(Date.now())
  await page.fill('input[name="placedOn"]', dateOf(Date.now() - 11 * DAY_MS))
  await page.fill('input[name="count"]', '20000')
  await looksWell(page, 'flock-new-phone')
  await page.click('button:text-is("Birds arrive")')
  await page.waitForSelector('.lead:has-text("Broilers, day 11, 20,000 birds")')
  const all = await get<FlocksDto>('/flocks')
  expect([all.timeZone, all.isTimeZoneSaid, all.today]).toEqual([TIME_ZONE, true, today])
  const { id } = all.flocks.find(({ closedOn }) => closedOn === null)!
  const now = async () => (await get<FlocksDto>('/flocks')).flocks.find((each) => each.id === id)!

  // Losses with a thumb. While the hub does not answer nothing that was entered goes away.
  const more = (what: string) => `button:has-text("one more: ${what}")`
  for (let i = 0; i < 3; i++) await page.click(more('Found dead'))
  await page.click(more('Culled'))
  await page.fill('textarea[name="note"]', 'Drinkers flushed')
  await page.route('**/days/**', (route) => route.abort())
  await page.click('button:text-is("Save the day")')
  await page.waitForSelector('form [role="alert"]')
  expect([await page.inputValue('.counter input >> nth=0'), await page.inputValue('textarea')]).toEqual([
    '3',
    'Drinkers flushed',
  ])
  await page.unroute('**/days/**')
  await page.click('button:text-is("Save the day")')
  await page.waitForSelector('.lead:has-text("19,996 birds")')
  expect((await now()).days).toEqual({
    [today]: { dead: 3, culled: 1, note: 'Drinkers flushed' },
  })
  expect(await page.locator('main [role="status"]').count(), 'only the form that saved says so').toBe(1)
  await page.click('button:has-text("The day before")')
  await eventually(async () => (await page.inputValue('textarea')) === '', WAIT_MS, 'the day before has no note')
  await page.click('button:has-text("The day after")')
  await eventually(async () => (await page.inputValue('textarea')) !== '', WAIT_MS, 'the note of today')
  await looksWell(page, 'flock-phone')

  // The curve, by the keyboard alone: a point is added, and its day is taken already.
  await page.focus('button:text-is("Change the temperatures")')
  await page.keyboard.press('Enter')
  await page.waitForSelector('.point')
  const points = await page.locator('.point').count()
  await page.focus('button:text-is("Add a point")')
  await page.keyboard.press('Enter')
  const last = page.locator('.point').nth(points)
  await last.locator('input').first().fill('35')
  await page.keyboard.press('Tab')
  await page.waitForSelector('[role="alert"]:has-text("Two points have day 35")')
  await last.locator('input').first().fill('-2')
  await page.keyboard.press('Tab')
  await page.keyboard.type('34.5')
  await page.keyboard.press('Tab')
  await page.fill('label:has-text("Alarm below") >> nth=0 >> input', '2.5')
  await looksWell(page, 'flock-curve-phone')
  await page.click('form:has(.point) button[type="submit"]')
  await page.waitForSelector('.point', { state: 'detached' })
  const { curve, margins } = await now()
  expect([curve[0], curve.length, margins.lowK]).toEqual([{ day: -2, tempC: 34.5 }, points + 1, 2.5])

  await page.goto(`${live.hub.http}/flocks`)
  await page.waitForSelector('.flock-line:has-text("day 11")')
  await looksWell(page, 'flocks-phone')

  // It leaves: somebody is asked first, and the house is empty then.
  await page.goto(`${live.hub.http}/flocks/${id}`)
  page.on('dialog', (dialog) => void dialog.accept())
  await page.click('form button:text-is("The flock has left")')
  await page.waitForSelector('form', { state: 'detached' })
  expect(await get<HouseDto>(OTHER)).toMatchObject({ mode: 'empty', flock: null })
  expect(complaints.filter((text) => !text.includes('ERR_FAILED'))).toEqual([])
})

test('a house with its band, its extremes and its use; the report of its day is read, kept as a file and sent', async () => {
  await emptyHouse('house-1')
  await put('/flocks/time-zone', { timeZone: TIME_ZONE })
  const placedOn = dateOf(Date.now() - 11 * DAY_MS)
  const flock = { site: 'home', house: 'house-1', bird: 'broiler', name: 'Autumn', placedOn, count: 9_000 }
  await fetch(`${live.hub.http}/api/v1/flocks`, { method: 'POST', body: JSON.stringify(flock) })
  await using shown = await opened(HOUSE)
  const { page, complaints } = shown
  await page.waitForSelector('.lead a:has-text("Broilers, day 11, 9,000 birds")')
  await page.waitForSelector('.tile-hero[data-kind="live"]')
  const { limits } = await get<HouseDto>(HOUSE)
  expect(limits).not.toBeNull()
  const said = (await page.textContent('.band-said')) ?? ''
  const measured = Number(await page.textContent('.tile-hero .tile-number'))
  // What the page says of the number beside it follows from the two.
  if (measured < limits!.bandLowC - 0.1) expect(said).toMatch(/^\d+\.\d °C colder than right/)
  else if (measured > limits!.bandHighC + 0.1) expect(said).toMatch(/^\d+\.\d °C warmer than right/)
  expect(said).not.toBe('')
  await page.waitForSelector('.extremes tr:has-text("Temperature"):has-text("°C")')
  expect(await page.getAttribute('a:text-is("Charts")', 'href')).toBe('/charts?house=home/house-1')
  await looksWell(page, 'house-phone')

  await page.selectOption('.house-mode select', 'catching')
  await page.waitForSelector('.panel-note:has-text("Heat still is")')
  expect(await get<HouseDto>(HOUSE)).toMatchObject({ mode: 'catching', watched: { below: false, above: true } })
  // Cold is no alarm while doors are open, and the band does not say that it were one.
  await page.waitForSelector('.band:has-text("none of cold")')
  expect(await page.textContent('.band-said')).not.toContain('beyond')

  // A window that its node does not have: what was wished stands there with what the node said, and never as a position.
  const { devices } = await get<{ devices: DeviceDto[] }>('/devices')
  const uid = devices.find(({ house, node }) => house === 'house-1' && node === 'north')!.uid
  const wish = JSON.stringify({ id: 'window-1', position: 40 })
  const sent = await fetch(`${live.hub.http}/api/v1/devices/${uid}/actuate`, { method: 'POST', body: wish })
  expect(sent.status).toBe(422)
  await page.reload()
  await page.waitForSelector('.warn-text:has-text("North Window 1: sent to 40 %"):has-text("The node refused.")')

  await page.click('a:text-is("Report of the day")')
  await page.waitForSelector('h2:has-text("Autumn, day 11")')
  await page.waitForSelector('dd:text-is("not entered") >> nth=0')
  await page.waitForSelector('text=The day is not over')
  expect(await page.locator('a:has-text("The day after")').count(), 'there is no tomorrow').toBe(0)
  await page.waitForSelector('text=Nobody is in it yet')
  await looksWell(page, 'report-phone')
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('a:has-text("CSV")')])
  expect(download.suggestedFilename()).toBe(`home-house-1-${dateOf(Date.now())}.csv`)
  expect(await readFile(await download.path(), 'utf8')).toMatch(/Flock[,;]Autumn\r\n/)
  await page.click('a:has-text("The day before")')
  await page.waitForSelector('h2:has-text("Autumn, day 10")')
  await page.waitForSelector('a:has-text("The day after")')

  // Somebody has a way to get it: now, and each morning.
  await using receiver = await startReceiver()
  await put('/channels/yard', { kind: 'webhook', name: 'Yard', url: receiver.url })
  const plan = await get<Record<string, unknown>>('/alarms/plan')
  await put('/alarms/plan', { ...plan, people: [{ id: 'anna', name: 'Anna', ways: [{ channel: 'yard', to: '' }] }] })
  await page.reload()
  await page.click('button:text-is("Anna (yard)")')
  await page.waitForSelector('[role="status"]:text-is("Sent.")')
  expect(receiver.got.join('')).toContain('Autumn')
  await page.fill('input[type="time"]', '05:30')
  await page.check('.settings-check input')
  await page.click('form button[type="submit"]')
  const ways = [{ channel: 'yard', to: '' }]
  await eventually(
    async () => (await get<ReportPlanDto>('/flocks/report-plan')).plan !== null,
    WAIT_MS,
    'the plan of the report',
  )
  expect((await get<ReportPlanDto>('/flocks/report-plan')).plan).toEqual({ at: '05:30', ways })
  const { flock: reported } = await get<DailyReport>(`${HOUSE}/report`)
  expect(reported).toMatchObject({ name: 'Autumn', dead: null, count: 9_000 })

  // On paper, from a dark page too: dark ink and the house's name, and neither buttons nor what is for sending.
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  const ink = await page.evaluate<string>(`getComputedStyle(document.querySelector('h1')).color`)
  expect(ink).toBe('rgb(0, 0, 0)')
  expect(await page.isVisible('.lead:text-is("House 1")')).toBe(true)
  expect(await page.isVisible('.bar')).toBe(false)
  expect(await page.isVisible('button:text-is("Anna (yard)")')).toBe(false)
  expect(await page.isVisible('h2:has-text("Climate")')).toBe(true)
  expect(complaints).toEqual([])
})

test.each(['light', 'dark'] as const)('every page looks well on a desktop, %s', async (colorScheme) => {
  await using shown = await opened('/', { viewport: DESKTOP, colorScheme })
  const { page } = shown
  const { flocks } = await get<FlocksDto>('/flocks')
  for (const [name, path, selector] of [
    ['house', HOUSE, '.band-said'],
    ['house-empty', OTHER, 'a:text-is("Birds arrive")'],
    ['flocks', '/flocks', '.flock-line'],
    ['flock', `/flocks/${flocks.find(({ closedOn }) => closedOn === null)!.id}`, '.counter'],
    ['flock-over', `/flocks/${flocks.find(({ closedOn }) => closedOn !== null)!.id}`, '.curve'],
    ['report', `${HOUSE}/report`, '.extremes'],
  ] as const) {
    // The colours of these three are those of all.
    if (colorScheme === 'dark' && !['house', 'flock', 'report'].includes(name)) continue
    await page.goto(`${live.hub.http}${path}`)
    await page.waitForSelector(selector)
    await looksWell(page, `${name}-desktop-${colorScheme}`)
  }
})

test('a house or a flock that is not there is said; when the hub is gone nothing is held against the band', async () => {
  await using shown = await opened('/houses/home/house-99')
  const { page } = shown
  await page.waitForSelector('text=No node hangs in a house of this name')
  await page.goto(`${live.hub.http}/flocks/f99`)
  await page.waitForSelector('text=There is no such flock')
  await page.goto(`${live.hub.http}${HOUSE}`)
  await page.waitForSelector('.band-said:has-text("right")')
  await using _again = { [Symbol.asyncDispose]: () => live.restartHub() }
  await live.hub.kill()
  await page.waitForSelector('.band-said:text-is("No live temperature to hold against it.")', { timeout: WAIT_MS })
  expect(await page.locator('.band-at').count()).toBe(0)
  await shoot(page, 'house-cut-phone')
})
