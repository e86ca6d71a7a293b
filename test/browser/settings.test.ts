// Language and units are a person's own, for one device: chosen there, kept there, and what is typed in them reaches the hub in its own.
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../sim/hub-process.ts'
import { launchBrowser, openPage, overflowPx, PHONE, seriousFlaws, shoot } from './browser.ts'
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

const HERO = 'article:has(.house-name) .tile[data-quantity="temperature"][data-kind="live"]'
const SCREENS = [
  '/',
  '/alarms',
  '/alarms/rules',
  '/alarms/people',
  '/alarms/channels',
  '/alarms/test',
  '/charts',
  '/flocks',
  '/more',
  '/device',
  '/box',
  '/staff',
  '/backup',
  '/update',
  '/updates',
  '/maintenance',
  '/diagnostics',
  '/audit',
  '/add',
]

test.each([
  ['de-DE', 'de', 'Ställe'],
  ['es-MX', 'es', 'Naves'],
])(
  'a device that speaks %s is spoken to in it, and no screen of a phone becomes too wide',
  async (locale, lang, title) => {
    await using opened = await openPage(browser, live.hub.http, { locale })
    const { page, complaints } = opened
    await page.waitForSelector(HERO, { timeout: 60_000 })
    expect(await page.textContent('h1')).toBe(title)
    expect(await page.getAttribute('html', 'lang')).toBe(lang)
    const { place } = live.farm.nodes[0]!
    for (const path of [...SCREENS, `/houses/${place.site}/${place.house}`]) {
      await page.goto(new URL(path, live.hub.http).href)
      await page.waitForSelector('main h1')
      await eventually(
        async () => (await page.locator('[aria-busy="true"]').count()) === 0,
        20_000,
        `${path} is loaded`,
      )
      await shoot(page, `language-${lang}${path.replaceAll('/', '-')}`)
      expect(await overflowPx(page), path).toBeLessThanOrEqual(0)
    }
    for (const width of [768, 1024]) {
      await page.setViewportSize({ width, height: 768 })
      expect(await overflowPx(page), `${width} px`).toBeLessThanOrEqual(0)
    }
    expect(await seriousFlaws(page)).toEqual([])
    expect(complaints).toEqual([])
  },
)

test('somebody who chooses German and Fahrenheit reads both at once and after the page was closed; 95 °F typed are 35 °C at the hub', async () => {
  await using opened = await openPage(browser, new URL('/device', live.hub.http).href, { viewport: PHONE })
  const { page, complaints } = opened
  await page.waitForSelector('h1:text-is("This phone")')
  expect(await seriousFlaws(page)).toEqual([])
  await page.selectOption('select', 'de')
  await page.waitForSelector('h1:text-is("Dieses Telefon")')
  await page.click('.button:text-is("°F")')
  await page.waitForSelector('.button[aria-pressed="true"]:text-is("°F")')

  await page.goto(live.hub.http)
  await page.waitForSelector(HERO)
  expect(await page.textContent('h1')).toBe('Ställe')
  expect(await page.textContent(`${HERO} .tile-unit`)).toBe('°F')
  const shown = Number((await page.textContent(`${HERO} .tile-number`))!.replace(',', '.'))
  expect(shown).toBeGreaterThan(60) // birds live between 15 and 40 °C
  expect(shown).toBeLessThan(105)

  await page.goto(new URL('/alarms/rules', live.hub.http).href)
  const rule = page.locator('.rule:has-text("Zu heiß für jedes Tier")')
  await rule.locator('summary').click()
  const limit = rule.getByLabel('Grenze, °F')
  await limit.fill('95')
  await limit.press('Tab')
  await page.click('.settings-save .button:text-is("Speichern")')
  await page.waitForSelector('[role="status"]')
  const rules = (await (await fetch(new URL('/api/v1/alarms/rules', live.hub.http))).json()) as { rules: object[] }
  expect(rules.rules).toContainEqual(expect.objectContaining({ id: 'absolute-high', bound: 35 }))
  expect(complaints).toEqual([])
})

test('one house gets a limit of its own on a phone, and goes back to that of all', async () => {
  const url = new URL('/alarms/rules', live.hub.http)
  const api = new URL('/api/v1/alarms/rules', live.hub.http)
  const own = async () => {
    const { rules } = (await (await fetch(api)).json()) as { rules: { insteadOf?: string; bound?: number }[] }
    return rules.filter(({ insteadOf }) => insteadOf === 'co2')
  }
  const { place } = live.farm.nodes.at(-1)!
  const house = `${place.site}/${place.house}`
  await using opened = await openPage(browser, url.href, { viewport: PHONE })
  const { page, complaints } = opened
  const general = page.locator('.rule:not([data-own]):has-text("3,000")')
  await general.locator('summary').click()
  await general.getByLabel('Another limit for one house').selectOption(house)
  const forOne = page.locator('.rule[data-own]')
  await forOne.locator('summary').click()
  await forOne.getByLabel('Limit, ppm').fill('2500')
  await forOne.getByLabel('Limit, ppm').press('Tab')
  await shoot(page, 'rule-of-a-house')
  expect(await overflowPx(page)).toBeLessThanOrEqual(0)
  expect(await seriousFlaws(page)).toEqual([])
  await page.click('.settings-save .button:text-is("Save")')
  await page.waitForSelector('[role="status"]')
  expect(await own()).toMatchObject([{ id: 'co2-2', houses: [house], bound: 2_500 }])

  await page.reload()
  await forOne.getByRole('button', { name: 'As everywhere again' }).click()
  await page.click('.settings-save .button:text-is("Save")')
  await page.waitForSelector('[role="status"]')
  expect(await own()).toEqual([])
  expect(complaints).toEqual([])
})

test('the list of places and the page of the box can be read and used by everybody', async () => {
  await using opened = await openPage(browser, new URL('/more', live.hub.http).href, { colorScheme: 'dark' })
  const { page, complaints } = opened
  await page.waitForSelector('.more-list')
  expect(await seriousFlaws(page)).toEqual([])
  await page.click('a:has-text("Card, network, version")')
  await page.waitForSelector('progress')
  expect(await page.textContent('main')).toMatch(/used by values, [\d.,]+ (MB|GB) free/)
  expect(await seriousFlaws(page)).toEqual([])
  await shoot(page, 'box')
  expect(complaints).toEqual([])
})
