// Plan: the first minutes with a box, on a phone and in a real browser: claim it, add a node, see its first value. Every step is counted as a
// person's work would be, and photographed for docs/first-minutes.md when ROOST_PICTURES is set. Then what an admin does in the first days:
// colleagues, the shared phone, a program's token, who changed what, and HTTPS.
import { mkdirSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import mqtt, { type MqttClient } from 'mqtt'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { encodeData } from '../../hub/wire/data.ts'
import { encodeHeartbeat } from '../../hub/wire/heartbeat.ts'
import { eventually, type HubProcess, startHub, temporaryDir } from '../sim/hub-process.ts'
import { createNodeIdentity } from '../sim/node-identity.ts'
import { launchBrowser, type OpenPage, openPage, overflowPx, seriousFlaws } from './browser.ts'

const PHONE = { width: 390, height: 844 }
const PICTURES = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))
const UID = 'rn-0000000000f1'
const WAIT_MS = 30_000

let parts: AsyncDisposableStack
let hub: HubProcess
let browser: Browser
let phone: OpenPage

beforeAll(async () => {
  parts = new AsyncDisposableStack()
  const dir = parts.use(await temporaryDir('first-minutes'))
  hub = await startHub({ dataDir: join(dir.path, 'data'), isGuarded: true, https: '127.0.0.1:0' })
  parts.defer(async () => void (await hub.stop()))
  browser = await launchBrowser()
  parts.defer(() => browser.close())
  phone = parts.use(await openPage(browser, `${hub.http}/`, { viewport: PHONE, locale: 'en-GB' }))
})
afterAll(() => parts.disposeAsync())

/**
 * A person's time, after the keystroke-level model (Card, Moran, Newell 1980) with figures for thumbs on glass: 1.4 s to find and hit
 * something, 0.35 s for a letter, 4 s to read a new page.
 */
const work = { taps: 0, letters: 0, pages: 0 }
const workS = () => work.taps * 1.4 + work.letters * 0.35 + work.pages * 4
async function type(page: Page, selector: string, text: string) {
  work.taps++
  work.letters += text.length
  await page.fill(selector, text)
}
async function tap(page: Page, selector: string) {
  work.taps++
  await page.click(selector)
}
/** What is on the page fits, can be read and can be hit; and its picture. */
async function look(page: Page, name: string) {
  work.pages++
  expect(await seriousFlaws(page), name).toEqual([])
  expect(await overflowPx(page), name).toBeLessThanOrEqual(0)
  if (!process.env.ROOST_PICTURES) return
  mkdirSync(PICTURES, { recursive: true })
  await page.screenshot({ path: join(PICTURES, `first-minutes-${name}.png`) })
}

interface Enrolled {
  keyPem: string
  cert: string
  ca: string
}
/** What the node does with its code, on its own Wi-Fi page on a farm. */
async function enrol(code: string): Promise<Enrolled> {
  const flash = { current: { keyPem: '', certPem: '', caPem: '' }, next: null }
  const identity = createNodeIdentity(UID, flash, { host: '127.0.0.1', port: 1 })
  await identity.renew() // makes key and request; nobody answers there
  const { csrPem, keyPem } = identity.flash.next!
  const answer = await new Promise<string>((resolve, reject) => {
    const options = { method: 'POST', rejectUnauthorized: false, agent: false }
    const asking = request(`${hub.enrol}/enrol`, options, (response) => {
      let text = ''
      response.on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve(text))
    })
    asking.on('error', reject)
    asking.end(JSON.stringify({ csr: csrPem, code, uid: UID }))
  })
  return { keyPem, ...(JSON.parse(answer) as { cert: string; ca: string }) }
}

async function measure({ keyPem, cert, ca }: Enrolled, place: string): Promise<MqttClient> {
  const url = `mqtts://localhost:${hub.mqttsPort}`
  const node = await mqtt.connectAsync(url, { clientId: UID, key: keyPem, cert, ca, reconnectPeriod: 0 })
  const send = (suffix: string, bytes: Uint8Array) =>
    node.publishAsync(`/farm/${place}/${suffix}`, Buffer.from(bytes), { qos: 1 })
  const now = { boot: 1, clk: 2, t: Date.now() } as const
  const beat = { uptime: 60, fw_version: '1.0.0', free_heap: 90_000, min_heap: 80_000, rssi: -60, error_bitmap: 0 }
  await send('status/heartbeat', encodeHeartbeat({ ...now, seq: 0, ...beat, state: 1, backlog: 0 }))
  await send('data/temp', encodeData({ ...now, seq: 1, unit: 'Cel', s: [[0, 24.6, 2, 1]] }))
  return node
}

test('from the first look at the box to the first value: less than three minutes of a person’s time', async () => {
  const { page, complaints } = phone
  const startedMs = performance.now()
  const code = String(hub.log.find(({ event }) => event === 'unclaimed')?.code)

  expect(new URL(page.url()).pathname).toBe('/claim')
  expect(await page.inputValue('#language')).toBe('en')
  await look(page, '1-claim')
  await type(page, '#code', code.toLowerCase())
  await type(page, '#farm', 'Hill Farm')
  await type(page, '#firstHouse', 'North house')
  await type(page, '#name', 'Ada')
  await type(page, '#password', 'correct horse')
  await tap(page, 'button')

  await page.waitForSelector('a.button[href^="/add?house=North"]')
  await look(page, '2-empty-farm')
  await tap(page, 'a.button[href^="/add"]')
  await page.waitForSelector('[name="node"]')
  expect(await page.inputValue('[name="house"]')).toBe('North house')
  await type(page, '[name="node"]', 'Feed end')
  await look(page, '3-where')
  await tap(page, 'form button')
  const enrolCode = (await page.textContent('.code-large'))!
  await look(page, '4-code')

  work.taps++ // into the field of the node's own page
  work.letters += enrolCode.length
  const node = await measure(await enrol(enrolCode), 'home/north-house/feed-end')
  parts.defer(() => void node.end(true))
  await page.waitForSelector('#in', { timeout: WAIT_MS })
  await look(page, '5-node-is-in')
  await tap(page, '.back')
  await page.waitForSelector('text=24.6', { timeout: WAIT_MS })
  await look(page, '6-first-value')

  const machineS = (performance.now() - startedMs) / 1000
  process.stdout.write(
    `first value: ${work.taps} taps, ${work.letters} letters, ${work.pages} pages = ${workS().toFixed(0)} s of a person’s time; the machines took ${machineS.toFixed(1)} s\n`,
  )
  expect(workS()).toBeLessThan(180)
  expect(complaints).toEqual([])
  const claimed = (await (await page.request.get(`${hub.http}/api/v1/farm`)).json()) as { farm: unknown }
  expect(claimed.farm).toMatchObject({ name: 'Hill Farm', language: 'en', firstHouse: 'North house' })
})

test('a colleague gets an account and a PIN, and takes over the phone with no more than he may', async () => {
  const { page } = phone
  await page.goto(`${hub.http}/staff`)
  await page.fill('.people-new [name="name"]', 'Ben')
  await page.fill('.people-new [name="password"]', 'barn door')
  await page.click('.people-new button')
  await page.click('text="PIN of Ben"')
  await page.fill('[name="secret"]', '4711')
  await look(page, '7-staff')
  await page.click('text="Save"')
  await page.waitForSelector('#switch')

  await page.fill('.token-add [name="label"]', 'Grafana')
  await page.click('.token-add button')
  await page.waitForSelector('.token')
  const token = (await page.textContent('.token'))!
  const asked = await fetch(`${hub.http}/api/v1/devices`, { headers: { authorization: `Bearer ${token}` } })
  expect(asked.status).toBe(200)
  expect(await seriousFlaws(page)).toEqual([])
  expect(await overflowPx(page)).toBeLessThanOrEqual(0)
  await page.click('text="Revoke Grafana"')
  await page.waitForSelector('text=No program has access.')
  expect((await fetch(`${hub.http}/api/v1/devices`, { headers: { authorization: `Bearer ${token}` } })).status).toBe(
    401,
  )

  await page.fill('[name="farm"]', 'Hill and Dale')
  await page.click('.farm-form button')
  await page.waitForSelector('text=Saved.')

  await page.click('a[href="/audit"]')
  await page.waitForSelector('.audit li')
  await page.fill('[name="what"]', 'tokens')
  // Lines are there once they are on the card.
  const found = async () => {
    await page.click('.audit-filter button')
    return (await page.locator('.audit li').count()) === 2
  }
  await eventually(found, WAIT_MS, 'the token’s two lines')
  await look(page, '8-who-changed-what')

  await page.goto(`${hub.http}/staff`)
  await page.fill('#switch ~ form [name="pin"]', '9999')
  await page.click('.switch button')
  await page.waitForSelector('[role="alert"]')
  await page.fill('.switch [name="pin"]', '4711')
  await page.click('.switch button')
  await page.waitForURL(`${hub.http}/`)
  await page.goto(`${hub.http}/staff`)
  await page.waitForSelector('text=Ben, worker')
  expect(await page.isVisible('#people')).toBe(false)
  await page.click('text="Change my password"')
  await page.fill('[name="old"]', 'barn door')
  await page.fill('[name="next"]', 'barn gate')
  await page.click('.own-password button')
  await page.waitForSelector('text=Your password is changed.')
  expect(await seriousFlaws(page)).toEqual([])
  expect((await page.request.get(`${hub.http}/api/v1/staff/accounts`)).status()).toBe(403)
})

test('the page of the API shows every route and asks one; the page of trust leads to HTTPS', async () => {
  const { page } = phone
  await page.goto(`${hub.http}/api-docs`)
  await page.click('summary:has-text("GET /api/v1/devices"):not(:has-text("{"))')
  await page.click('details[open] form button')
  await page.waitForSelector(`details[open] [role="status"]:has-text("${UID}")`)
  expect(await seriousFlaws(page)).toEqual([])
  expect(await overflowPx(page)).toBeLessThanOrEqual(0)
  await page.goto(`${hub.http}/trust`)
  await look(page, '9-trust')
  expect(await page.getAttribute(`a[href="${hub.https}/"]`, 'href')).toBe(`${hub.https}/`)
})

test('over HTTPS a browser warns until it trusts the box, and then logs in', async () => {
  const stranger = await browser.newContext({ viewport: PHONE })
  parts.defer(() => stranger.close())
  const warned = await stranger.newPage()
  await expect(warned.goto(`${hub.https}/login`)).rejects.toThrow(/ERR_CERT_AUTHORITY_INVALID/)

  const trusting = parts.use(
    await openPage(browser, `${hub.https}/login`, { viewport: PHONE, ignoreHTTPSErrors: true }),
  )
  const { page, complaints } = trusting
  await page.fill('#name', 'Ada')
  await page.fill('#password', 'correct horse')
  await page.click('button')
  await page.waitForSelector('text=24.6', { timeout: WAIT_MS })
  const [cookie] = await page.context().cookies()
  expect(cookie).toMatchObject({ name: '__Host-roost_session', secure: true, httpOnly: true, sameSite: 'Strict' })
  expect(await page.evaluate('isSecureContext')).toBe(true)
  expect(complaints).toEqual([])
})
