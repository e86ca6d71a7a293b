// Plan: a new box as a person meets it with a phone: every address leads to the claim page; a wrong code, then the right one; the farm is
// there; another browser has to log in; whoever is thrown out sees nothing more.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { startHub, temporaryDir } from '../sim/hub-process.ts'
import { DESKTOP, launchBrowser, openPage, overflowPx, seriousFlaws, shoot } from './browser.ts'

const TALL_PHONE = { width: 390, height: 844 }

test('a new box is claimed on a phone, and after that shows itself only to who logs in', async () => {
  await using parts = new AsyncDisposableStack()
  const dir = parts.use(await temporaryDir('claim'))
  const hub = await startHub({ dataDir: join(dir.path, 'data'), isGuarded: true })
  parts.defer(async () => void (await hub.stop()))
  const code = String(hub.log.find(({ event }) => event === 'unclaimed')?.code)
  expect(code).toMatch(/^(\w{4}-){2}\w{4}$/)
  const browser = await launchBrowser()
  parts.defer(() => browser.close())

  const { page, complaints } = parts.use(await openPage(browser, `${hub.http}/diagnostics`, { viewport: TALL_PHONE }))
  const startedMs = performance.now()
  expect(new URL(page.url()).pathname).toBe('/claim')
  expect(await seriousFlaws(page)).toEqual([])
  expect(await overflowPx(page)).toBeLessThanOrEqual(0)
  await shoot(page, 'claim-phone')
  await page.fill('#farm', 'Hill Farm')
  await page.fill('#firstHouse', 'North house')
  await page.fill('#name', 'Ada')
  await page.fill('#password', 'correct horse')
  await page.fill('#code', 'WRONG-WRONG')
  await page.click('button')
  await page.waitForSelector('[role="alert"]')
  expect(await page.inputValue('#farm')).toBe('Hill Farm')
  await shoot(page, 'claim-wrong-code')
  await page.fill('#code', code.toLowerCase().replaceAll('-', ' '))
  await page.fill('#password', 'correct horse')
  await page.click('button')
  await page.waitForSelector('.bar')
  expect(new URL(page.url()).pathname).toBe('/')
  await page.waitForSelector('main h1, h1')
  await shoot(page, 'claimed-phone')
  process.stdout.write(`claimed in ${Math.round(performance.now() - startedMs)} ms of machine time\n`)
  // A form that is shown again is told with a 4xx, which the browser's console notes.
  expect(complaints.filter((text) => !text.includes('404'))).toEqual([])

  const other = parts.use(await openPage(browser, `${hub.http}/`, { viewport: DESKTOP }))
  expect(new URL(other.page.url()).pathname).toBe('/login')
  await shoot(other.page, 'login-desktop')
  expect(await seriousFlaws(other.page)).toEqual([])
  await other.page.fill('#name', 'Ada')
  await other.page.fill('#password', 'correct horse')
  await other.page.click('button')
  await other.page.waitForSelector('.bar')

  await page.goto(`${hub.http}/staff`)
  await page.fill('.people-add [name="name"]', 'Ben')
  await page.fill('.people-add [name="password"]', 'barn door')
  await page.click('.people-add button')
  await page.waitForSelector('.people strong:has-text("Ben")')
  expect(await seriousFlaws(page)).toEqual([])
  expect(await overflowPx(page)).toBeLessThanOrEqual(0)
  await shoot(page, 'staff-phone')
  await other.page.goto(`${hub.http}/staff`)
  await other.page.waitForSelector('.people strong:has-text("Ben")')
  await shoot(other.page, 'staff-desktop')

  // The page of the other browser is told nothing: it sees its live stream end, and asks why.
  const endedMs = performance.now()
  await other.page.evaluate(async () => {
    const { sessions } = (await (await fetch('/api/v1/staff/sessions')).json()) as { sessions: { id: string }[] }
    // The newest is this page's own: last, for it is the right to end the others.
    for (const { id } of sessions.toReversed()) await fetch(`/api/v1/staff/sessions/${id}`, { method: 'DELETE' })
  })
  await page.waitForURL(/\/login$/, { timeout: 10_000 })
  await other.page.waitForURL(/\/login$/, { timeout: 10_000 })
  process.stdout.write(`both pages were out ${Math.round(performance.now() - endedMs)} ms after their sessions\n`)
})
