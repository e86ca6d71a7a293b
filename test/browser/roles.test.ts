// A viewer, a worker and a manager walk through every page and press whatever can be pressed: the hub refuses nothing of it, because what somebody
// may not do is not offered, and pages that are not for him say so.
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually, type HubProcess, runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'
import { launchBrowser, openPage, seriousFlaws, shoot } from './browser.ts'

const PASSWORD = 'correct horse'
const UID = 'rn-0000000000a1'
const parts = new AsyncDisposableStack()
let hub: HubProcess
let browser: Awaited<ReturnType<typeof launchBrowser>>
let flock: string

beforeAll(async () => {
  const dir = parts.use(await temporaryDir('roles'))
  const dataDir = join(dir.path, 'data')
  hub = await startHub({ dataDir, isGuarded: true, level: 'info' })
  parts.defer(async () => void (await hub.stop()))
  const code = String(hub.log.find(({ event }) => event === 'unclaimed')?.code)
  let cookie = ''
  const ask = async (method: string, path: string, body: object) => {
    const headers = { cookie, origin: hub.http, 'content-type': 'application/json' }
    const response = await fetch(`${hub.http}/api/v1${path}`, { method, headers, body: JSON.stringify(body) })
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`)
    cookie ||= response.headers
      .getSetCookie()
      .map((each) => each.split(';')[0]!)
      .join('; ')
    return JSON.parse((await response.text()) || '{}') as { id: string }
  }
  await ask('POST', '/claim', { farm: 'Hill Farm', firstHouse: 'h1', name: 'Ada', password: PASSWORD, code })
  for (const role of ['viewer', 'worker', 'manager']) {
    await ask('POST', '/staff/accounts', { name: role, role, password: PASSWORD })
  }
  const added = await runRoost([
    'node',
    'add',
    '--uid',
    UID,
    '--place',
    'home/h1/n1',
    '--out',
    join(dir.path, 'n1'),
    '--data',
    dataDir,
  ])
  if (added.code !== 0) throw new Error(added.stderr)
  flock = (
    await ask('POST', '/flocks', {
      site: 'home',
      house: 'h1',
      bird: 'broiler',
      name: '',
      placedOn: today(),
      count: 100,
    })
  ).id
  browser = await launchBrowser()
  parts.defer(() => browser.close())
})
afterAll(() => parts.disposeAsync())

const today = () => new Date().toISOString().slice(0, 10)

const PAGES = () =>
  `/ /alarms /alarms/people /alarms/channels /alarms/rules /alarms/test /charts?house=home/h1 /flocks /flocks/${flock} /flocks/new
   /houses/home/h1 /houses/home/h1/report /nodes/${UID} /add /maintenance /updates /diagnostics /audit /box /backup /update
   /staff`.split(/\s+/)

async function login(page: Page, role: string) {
  await page.fill('#name', role)
  await page.fill('#password', PASSWORD)
  await page.click('button')
  await page.waitForSelector('.bar')
}

/** Goes there as a link on the page would, when the page knows what its reader may. */
async function go(page: Page, path: string) {
  await page.evaluate(
    `history.pushState(null, '', ${JSON.stringify(path)}); dispatchEvent(new PopStateEvent('popstate'))`,
  )
  await page.waitForSelector('main h1')
  await settled(page)
}

/** Nothing is waited for any more; what a page asks beside that is answered within this moment. */
async function settled(page: Page) {
  await eventually(async () => (await page.locator('main [aria-busy="true"]').count()) === 0, 10_000, page.url())
  await setTimeout(150)
}

test.each([
  ['viewer', 7],
  ['worker', 5],
  ['manager', 3],
])(
  'a %s is offered nothing that the hub refuses, and is told of %i pages that are not for him',
  async (role, hidden) => {
    await using opened = await openPage(browser, `${hub.http}/`)
    const { page } = opened
    await login(page, role)
    const refused: string[] = []
    page.on('response', (response) => {
      if (response.status() === 403) refused.push(`${response.request().method()} ${new URL(response.url()).pathname}`)
    })
    page.on('dialog', (dialog) => void dialog.accept())
    let notSeen = 0
    for (const path of PAGES()) {
      await go(page, path)
      await shoot(page, `role-${role}${path.replaceAll(/[/?]/g, '-')}`)
      if ((await page.textContent('h1'))!.startsWith('Only people who manage')) notSeen++
      if (path === '/staff') continue // there is the way out
      for (const button of await page.locator('main button:enabled').all()) {
        // What a press opened may hide what stood there before.
        await button.click({ timeout: 500 }).catch(() => null)
        if (new URL(page.url()).pathname !== path.split('?')[0]) await go(page, path)
      }
      await settled(page)
      expect(refused, path).toEqual([])
    }
    expect(notSeen).toBe(hidden)
    await go(page, '/alarms/rules')
    expect(await page.locator('text=You may see this, not change it.').count()).toBe(role === 'manager' ? 0 : 1)
    expect(await seriousFlaws(page)).toEqual([])
  },
)
