// Plan: days on a farm, in a real browser on a phone in the barn and on a desk: somebody sets up who is called, arrives in the morning, is called at
// night, replaces a sensor. Each scene is held against its kept picture. New flock and the export of a month have their own files (flocks, charts).
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AlarmsDto, CallPlan, DeliveriesDto, FlocksDto } from '../../hub/api/alarm-dto.ts'
import { encodeData } from '../../hub/wire/data.ts'
import { eventually } from '../sim/hub-process.ts'
import { DESKTOP, launchBrowser, openPage, overflowPx, seriousFlaws, shoot } from './browser.ts'
import { expectLayout } from './layout.ts'
import { type LiveFarm, startLiveFarm } from './live-farm.ts'
import { type Receiver, startReceiver } from './receiver.ts'

const TALL_PHONE = { width: 390, height: 844 }
const WAIT_MS = 60_000

let live: LiveFarm
let browser: Browser
const parts = new AsyncDisposableStack()
let receiver: Receiver
/** What went out so far, the last one last. */
const calls = () => receiver.got.map((body) => JSON.parse(body) as { severity: string })

beforeAll(async () => {
  live = parts.use(await startLiveFarm())
  browser = await launchBrowser()
  parts.defer(() => browser.close())
  receiver = parts.use(await startReceiver())
})
afterAll(() => parts.disposeAsync())

const get = async <T>(path: string) => (await (await fetch(`${live.hub.http}/api/v1${path}`)).json()) as T
const open = (path: string, options = {}) =>
  openPage(browser, `${live.hub.http}${path}`, { viewport: TALL_PHONE, ...options })

/** A scene of a story: it fits, can be read, and looks as it did. */
async function scene(page: Page, name: string) {
  expect(await seriousFlaws(page), name).toEqual([])
  expect(await overflowPx(page), `${name} is too wide`).toBeLessThanOrEqual(0)
  await page.evaluate('window.scrollTo(0, 0)')
  await shoot(page, name)
  await expectLayout(page, name)
}

test('whom to call is set up on a phone: a way, a try of it, a person, and what would happen at night', async () => {
  await using shown = await open('/alarms')
  const { page, complaints } = shown
  await page.click('text=Nobody is called >> xpath=.. >> a')
  await page.waitForSelector('h1:text-is("Whom to call")')
  await page.waitForSelector('text=Nobody would be called')
  await page.fill('form input', 'Anna')
  await page.click('form button:text-is("Add")')
  await scene(page, 'story-call-1-first-person')
  await page.click('a:text-is("First set up a way to call")')

  await page.waitForSelector('h1:text-is("Ways to call")')
  await page.selectOption('#channel-new ~ div select', 'webhook')
  await page.fill('[name="name"]', 'Pager')
  await page.fill('[name="url"]', receiver.url)
  await page.click('button:text-is("Save")')
  await page.waitForSelector('h2:text-is("Pager")')
  expect(await page.content(), 'a secret is never shown again').not.toContain(receiver.url)
  await page.click('button:has-text("Try it now")')
  await page.waitForSelector('text=It went out')
  await page.waitForSelector('#deliveries ~ ol li:has-text("Pager")')
  expect(calls().at(-1)?.severity).toBe('test')
  await scene(page, 'story-call-2-ways')

  await page.goto(`${live.hub.http}/alarms/people`)
  await page.fill('form input', 'Anna')
  await page.click('form button:text-is("Add")')
  await page.click('button:text-is("Add a way to reach")')
  await page.waitForSelector('.story li:has-text("At once")')
  await page.click('button:text-is("Save")')
  await page.waitForSelector('[role="status"]:has-text("Saved")')
  await scene(page, 'story-call-3-plan')
  const plan = await get<CallPlan>('/alarms/plan')
  expect(plan.people).toEqual([{ id: 'anna', name: 'Anna', enabled: true, ways: [{ channel: 'webhook', to: '' }] }])
  expect(complaints).toEqual([])
})

test('a limit is changed and put back', async () => {
  await using shown = await open('/alarms/rules')
  const { page } = shown
  const rule = '.rule:has-text("Air too damp")'
  await page.click(`${rule} summary`)
  await page.fill(`${rule} input[type="number"] >> nth=0`, '75')
  await page.keyboard.press('Tab')
  await page.click('button:text-is("Save")')
  await page.waitForSelector('[role="status"]:text-is("Saved.")')
  await page.waitForSelector(`${rule} .rule-said:has-text("75 % RH")`)
  await scene(page, 'story-limits')
  page.on('dialog', (dialog) => void dialog.accept())
  await page.click('button:text-is("Back to the presets")')
  await page.waitForSelector(`${rule} .rule-said:has-text("80 % RH")`)
})

test('the weekly test leads through everything that calls, and keeps its result', async () => {
  await using shown = await open('/alarms/test')
  const { page } = shown
  await page.click('button:text-is("Start the test")')
  await page.click('.test-item:has-text("Message to") button:text-is("It came")', { timeout: WAIT_MS })
  await page.waitForSelector('li:has-text("Passed")')
  await scene(page, 'story-weekly-test')
})

test('arriving in the morning: is all well, what was the night like, what died', async () => {
  const today = (await get<FlocksDto>('/flocks')).today
  const placedOn = new Date(Date.parse(today) - 24 * 86_400_000).toISOString().slice(0, 10)
  const flock = { site: 'home', house: 'house-1', bird: 'broiler', placedOn, count: 9_000 }
  await fetch(`${live.hub.http}/api/v1/flocks`, { method: 'POST', body: JSON.stringify(flock) })
  await using shown = await open('/')
  const { page, complaints } = shown
  await page.waitForSelector('article:has-text("House 1") .tile-hero[data-kind="live"]', { timeout: WAIT_MS })
  await scene(page, 'story-morning-1-houses')
  await page.click('.house-name:text-is("House 1")')
  await page.waitForSelector('.extremes')
  await page.waitForSelector('.band-said')
  await scene(page, 'story-morning-2-house')
  await page.click('.lead a')
  await page.click('button:has-text("one more: Found dead")')
  await page.click('button:text-is("Save the day")')
  await page.waitForSelector('.lead:has-text("8,999 birds")')
  await scene(page, 'story-morning-3-losses')
  expect(complaints).toEqual([])
})

test('a fan fails at night: the call, the banner on every page, who takes care, and the story of it afterwards', async () => {
  await using shown = await open('/flocks', { colorScheme: 'dark' })
  const { page, complaints } = shown
  await page.waitForSelector('.flock-line')
  const before = receiver.got.length
  const { uid, place } = live.farm.nodes.find((node) => node.place.house === 'house-1' && node.place.node === 'north')!
  const topic = `/farm/${place.site}/${place.house}/${place.node}/data/temp`
  const boot = 4_000_000_000
  let seq = 0
  const isCalled = () => receiver.got.length > before
  // The house gets hot until the call has gone out: more than the siren's own delay of a restart of the page.
  await eventually(
    async () => {
      const bytes = encodeData({ t: Date.now(), clk: 2, boot, seq: seq++, unit: 'Cel', s: [[0, 36 + seq / 10, 2, 1]] })
      await live.publishAs(uid, topic, Buffer.from(bytes))
      return isCalled()
    },
    WAIT_MS,
    'a call',
  )
  expect(calls().at(-1)).toMatchObject({ severity: 'critical' })
  await page.waitForSelector('.banner[data-kind="critical"]')
  await scene(page, 'story-night-1-banner')
  await page.click('.banner a')
  await page.waitForSelector('.alarm[data-severity="critical"]')
  await page.waitForSelector('text=1 person was called')
  await scene(page, 'story-night-2-alarm')
  for (const care of await page.locator('button:text-is("I take care")').all()) await care.click()
  await page.waitForSelector('.banner', { state: 'detached' })
  await eventually(
    async () => (await get<AlarmsDto>('/alarms')).alarms.every(({ acknowledged }) => acknowledged !== null),
    WAIT_MS,
    'everything is taken care of',
  )
  await page.waitForSelector('.alarm-history li:has-text("acknowledged")')
  expect((await get<DeliveriesDto>('/channels/deliveries')).deliveries.filter(({ ok }) => !ok)).toEqual([])
  await using desk = await open('/alarms', { viewport: DESKTOP })
  await desk.page.waitForSelector('.alarm-history li:has-text("called")')
  await scene(desk.page, 'story-night-3-afterwards-desktop')
  expect(complaints).toEqual([])
})

test('a node is replaced: its place is free at once, its history stays, the new one needs only a code', async () => {
  const { uid } = live.farm.nodes.find((node) => node.place.house === 'house-2' && node.place.node === 'south')!
  live.farm.silence(uid)
  await using shown = await open(`/nodes/${uid}`)
  const { page, complaints } = shown
  await page.waitForSelector('.identity[data-state="valid"]')
  page.once('dialog', (dialog) => void dialog.accept())
  await page.click('text="Revoke"')
  await page.waitForSelector('.identity[data-state="revoked"]')
  await page.click('a.button:has-text("Give it a new code")')
  await page.check('text=A new node takes its place')
  await page.click('form button')
  await page.waitForSelector('.code-large')
  await scene(page, 'story-replace-1-code')
  await page.goto(`${live.hub.http}/nodes/${uid}?sensor=temp`)
  await page.waitForSelector('.plot canvas')
  await scene(page, 'story-replace-2-history')
  expect(complaints).toEqual([])
})

test('everything is reached by the keyboard alone, from the bar to the last place of “More”', async () => {
  await using shown = await open('/more', { viewport: DESKTOP })
  const { page } = shown
  await page.waitForSelector('.more-list a')
  const wanted = await page.evaluate<string[]>(
    `[...document.querySelectorAll('.bar a, .more-list a')].map((each) => each.getAttribute('href'))`,
  )
  const reached = new Set<string>()
  for (let presses = 0; presses < wanted.length + 20; presses++) {
    await page.keyboard.press('Tab')
    reached.add(await page.evaluate<string>(`document.activeElement.getAttribute('href') ?? ''`))
  }
  expect(wanted.filter((href) => !reached.has(href))).toEqual([])
  for (const href of wanted) {
    await page.goto(`${live.hub.http}${href}`)
    await page.waitForSelector('main h1')
    await page.waitForSelector('main[aria-busy], main [aria-busy="true"]', { state: 'detached' })
    expect(await seriousFlaws(page), href).toEqual([])
    expect(await overflowPx(page), href).toBeLessThanOrEqual(0)
  }
})
