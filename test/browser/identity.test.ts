// Plan: on a phone somebody adds a node, sees the code, and the node in; looks at a node's certificate, shuts it out, and finds it on the
// maintenance page; has a backup made every night, takes one away, and restores it on a new box by its page.

import { mkdir } from 'node:fs/promises'
import { request } from 'node:https'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startHub, temporaryDir } from '../sim/hub-process.ts'
import { createNodeIdentity } from '../sim/node-identity.ts'
import { DESKTOP, launchBrowser, openPage, overflowPx, seriousFlaws, shoot } from './browser.ts'
import { type LiveFarm, startLiveFarm } from './live-farm.ts'

const TALL_PHONE = { width: 390, height: 844 }
const PASSPHRASE = 'hens lay eggs at dawn'
let live: LiveFarm
let browser: Browser
let dir: Awaited<ReturnType<typeof temporaryDir>>

beforeAll(async () => {
  dir = await temporaryDir('identity-ui')
  live = await startLiveFarm()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser?.close()
  await live?.[Symbol.asyncDispose]()
  await dir?.[Symbol.asyncDispose]()
})

/** Whatever is on the page fits, can be read and can be hit. */
async function expectGood(page: Page, name: string) {
  await shoot(page, name)
  expect(await seriousFlaws(page), name).toEqual([])
  expect(await overflowPx(page), name).toBeLessThanOrEqual(0)
}

/** What a node does with its code; the hub is believed here, the node's own trust is tested elsewhere. */
async function enrol(uid: string, code: string): Promise<number> {
  const flash = { current: { keyPem: '', certPem: '', caPem: '' }, next: null }
  const identity = createNodeIdentity(uid, flash, { host: '127.0.0.1', port: 1 })
  await identity.renew() // makes key and request; nobody answers there
  const { next } = identity.flash
  const body = JSON.stringify({ csr: next!.csrPem, code, uid })
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', rejectUnauthorized: false, agent: false }
    const req = request(`${live.hub.enrol}/enrol`, options, (res) => {
      res.resume()
      res.on('end', () => resolve(res.statusCode ?? 0))
    })
    req.on('error', reject)
    req.end(body)
  })
}

test('a node is added by phone: place, code, QR code, and the node that came in', async () => {
  await using opened = await openPage(browser, `${live.hub.http}/`, { viewport: TALL_PHONE })
  const { page, complaints } = opened
  await page.click('a[href="/add"]')
  await page.fill('[name="house"]', 'House 1')
  await page.fill('[name="node"]', 'North')
  await page.waitForSelector('text=hangs there already')
  await page.fill('[name="node"]', 'Feed store')
  await expectGood(page, 'add-node-where')
  await page.click('form button')
  const code = (await page.textContent('.code-large'))!
  expect(code).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/)
  expect(await page.textContent('.code-left')).toMatch(/^Good for (15:00|14:\d\d) more$/)
  await expectGood(page, 'add-node-code')
  expect(await enrol('rn-0000000000ee', 'AAAA-AAAA')).toBe(403)
  expect(await enrol('rn-0000000000ee', code)).toBe(200)
  await page.waitForSelector('#in', { timeout: 30_000 })
  await expectGood(page, 'add-node-in')
  await page.click('text="Look at it"')
  await page.waitForSelector('h1:has-text("Feed store")')
  expect(await page.textContent('.lead')).toContain('House 1')
  expect(complaints).toEqual([])
})

test('a node is shut out by one press and a question, and the maintenance page says so', async () => {
  await using opened = await openPage(browser, `${live.hub.http}/`, { viewport: TALL_PHONE })
  const { page, complaints } = opened
  const { uid } = live.farm.nodes[0]!
  await page.goto(`${live.hub.http}/nodes/${uid}`)
  await page.waitForSelector('.identity[data-state="valid"]')
  await page.locator('#certificate').scrollIntoViewIfNeeded()
  await expectGood(page, 'node-certificate')
  page.once('dialog', (dialog) => void dialog.dismiss())
  await page.click('text="Revoke"')
  expect(live.farm.isLinked(uid)).toBe(true)
  page.once('dialog', (dialog) => void dialog.accept())
  await page.click('text="Revoke"')
  await page.waitForSelector('.identity[data-state="revoked"]')
  await expectGood(page, 'node-revoked')
  await using listed = await openPage(browser, `${live.hub.http}/maintenance`, { viewport: TALL_PHONE })
  await listed.page.waitForSelector('text=This node is shut out.')
  await expectGood(listed.page, 'maintenance-revoked')
  await page.click('a.button:has-text("Give it a new code")')
  await page.waitForSelector('text=It is this one: it gets new keys')
  await expectGood(page, 'add-node-known')
  // Its successor takes the place; of the old one nothing is said any more.
  await page.check('text=A new node takes its place')
  await page.click('form button')
  const code = (await page.textContent('.code-large'))!
  expect(await enrol('rn-0000000000ff', code)).toBe(200)
  await page.waitForSelector('#in', { timeout: 30_000 })
  await page.goto(`${live.hub.http}/maintenance`)
  await page.waitForSelector('text=nodes are valid.')
  expect(await page.textContent('[aria-labelledby="certificates"]')).not.toContain('shut out')
  await page.locator('#certificates').scrollIntoViewIfNeeded()
  await expectGood(page, 'maintenance-certificates')
  expect(complaints).toEqual([])
  await using wide = await openPage(browser, `${live.hub.http}/maintenance`, { viewport: DESKTOP, colorScheme: 'dark' })
  await wide.page.waitForSelector('text=nodes are valid.')
  await expectGood(wide.page, 'maintenance-certificates-desktop')
})

test('a backup is made every night, taken away, and restored on a new box by its page', async () => {
  const usb = join(dir.path, 'usb')
  await mkdir(usb)
  await using opened = await openPage(browser, `${live.hub.http}/backup`, { viewport: TALL_PHONE })
  const { page, complaints } = opened
  await page.waitForSelector('#nightly')
  await expectGood(page, 'backup-off')
  await page.fill('[name="directory"]', usb)
  await page.fill('details [name="passphrase"]', PASSPHRASE)
  await page.click('text="Start"')
  await page.waitForSelector('text=The backup was made and opened again.')
  await expectGood(page, 'backup-on')
  await page.fill('section[aria-labelledby="take"] [name="passphrase"]', PASSPHRASE)
  const [download] = await Promise.all([page.waitForEvent('download'), page.click('text="Download"')])
  const file = join(dir.path, download.suggestedFilename())
  expect(file).toMatch(/\.roostbackup$/)
  await download.saveAs(file)
  expect(complaints).toEqual([])
  await using wide = await openPage(browser, `${live.hub.http}/backup`, { viewport: DESKTOP })
  await wide.page.waitForSelector('#files')
  await expectGood(wide.page, 'backup-desktop')

  const fresh = await startHub({ dataDir: join(dir.path, 'fresh'), isGuarded: true, http: '127.0.0.1:0' })
  try {
    await using box = await openPage(browser, `${fresh.http}/`, { viewport: TALL_PHONE })
    expect(new URL(box.page.url()).pathname).toBe('/claim')
    await box.page.click('a[href="/restore"]')
    await expectGood(box.page, 'restore-phone')
    await box.page.fill('#code', String(fresh.log.find(({ event }) => event === 'unclaimed')?.code))
    await box.page.setInputFiles('#file', file)
    await box.page.fill('#passphrase', 'hens lay eggs at dusk')
    await box.page.click('button')
    await box.page.waitForSelector('#says.wrong')
    await expectGood(box.page, 'restore-wrong-passphrase')
    await box.page.fill('#passphrase', PASSPHRASE)
    await box.page.click('button')
    await box.page.waitForSelector('text=The box starts again')
    await expectGood(box.page, 'restore-done')
    expect(box.complaints.filter((text) => !/4\d\d|ERR_CONNECTION/.test(text))).toEqual([])
  } finally {
    await fresh.stop()
  }
})
