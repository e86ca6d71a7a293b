// Plan: a farm of 200 whose first node, the firmware itself, is given an image that it must refuse; staff begin it on a phone and read why it halted.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RolloutsDto } from '../../hub/api/ota-dto.ts'
import { createLog } from '../../hub/core/log.ts'
import { openDataDir } from '../../hub/data-dir.ts'
import { createRealClock } from '../../hub/platform/clock.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { openRegistry } from '../../hub/registry/registry.ts'
import { addNode } from '../e2e/node-client.ts'
import { buildNode, startNode, whyNoNode } from '../firmware/node-process.ts'
import { startHub, temporaryDir } from '../sim/hub-process.ts'
import { openOtaFarm } from '../sim/ota-farm.ts'
import { DESKTOP, launchBrowser, openPage, overflowPx, PHONE, seriousFlaws, shoot } from './browser.ts'

const NODES = 200
/** They are known, and away. */
async function placeOthers(dataDir: string) {
  const world = { disk: openRealDisk(), clock: createRealClock(), log: createLog(() => {}, Date.now) }
  await using held = await openDataDir(dataDir, world)
  await using registry = await openRegistry({ dir: join(held.path, 'registry'), ...world })
  const others = Array.from({ length: NODES }, (_, i) => i).filter((i) => i !== 7)
  await Promise.all(others.map((i) => registry.add(uidOf(i), { site: 'home', house: `h${i % 10}`, node: `n${i}` })))
}
const uidOf = (i: number) => `rn-0000000b${i.toString(16).padStart(4, '0')}`

test.skipIf(whyNoNode() !== null)(
  'a bad image for a farm of 200 halts at the first node, with the reason on the screen',
  async () => {
    await using parts = new AsyncDisposableStack()
    const dir = parts.use(await temporaryDir('browser-updates'))
    const dataDir = join(dir.path, 'data')
    const canary = await addNode(dataDir, join(dir.path, 'canary'), uidOf(7), 'home/h7/n7')
    await placeOthers(dataDir)
    const hub = await startHub({ dataDir })
    parts.defer(() => hub.kill())
    const farm = await openOtaFarm(dir.path, dataDir, () => hub)
    await farm.add(
      { version: '2.0.0', sizeBytes: 200_000, behaviour: 'unsigned' },
      'Quieter fans at night.\nFixes the damp sensor.',
    )
    await farm.add({ version: '1.9.0', sizeBytes: 100_000 }, 'The one before.')
    const node = startNode(buildNode(), canary, hub.mqttsPort, ['--flash-kb', '64', '--chip', 'esp32s3'])
    parts.defer(() => node.kill())
    await node.next('link')

    const browser = await launchBrowser()
    parts.defer(() => browser.close())
    {
      await using opened = await openPage(browser, `${hub.http}/updates`, { viewport: PHONE })
      const { page, complaints } = opened
      await page.waitForSelector('h3:has-text("2.0.0")')
      expect(await page.locator('.release-notes').first().textContent()).toContain('Quieter fans')
      expect(await page.locator('select[name=firmware]').inputValue()).toMatch(/^[0-9a-f]{16}$/)
      expect(await seriousFlaws(page)).toEqual([])
      await shoot(page, 'updates-catalogue-phone')
      await page.click('button:has-text("Begin with one node")')
      await page.waitForSelector('.rollout-state:has-text("Halted")', { timeout: 60_000 })
      expect(await page.locator('[role=alert]').textContent()).toBe(
        `Why: a first node failed (${canary.uid}: no valid signature).`,
      )
      expect(await page.locator('.update-nodes li').first().textContent()).toContain(
        `${canary.uid}home / h7failed: no valid signature`,
      )
      expect(complaints).toEqual([])
    }
    for (const [name, viewport] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
      await using opened = await openPage(browser, `${hub.http}/updates`, { viewport })
      const { page, complaints } = opened
      await page.waitForSelector('.rollout-state:has-text("Halted")')
      expect(await page.locator('.update-nodes li').count()).toBe(20)
      expect(await seriousFlaws(page)).toEqual([])
      expect(await overflowPx(page)).toBeLessThanOrEqual(0)
      await shoot(page, `updates-halted-${name}`)
      expect(complaints).toEqual([])
    }
    const { rollouts } = (await (await fetch(`${hub.http}/api/v1/rollouts`)).json()) as RolloutsDto
    expect(rollouts[0]).toMatchObject({ state: 'halted', counts: { failed: 1, waiting: NODES - 1 } })
  },
)
