// Plan: a farm of 200 whose first node, the firmware itself, is given an image that it must refuse; staff begin it on a phone and read why it halted.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RolloutsDto } from '../../hub/api/ota-dto.ts'
import { buildNode, startNode, whyNoNode } from '../firmware/node-process.ts'
import { runRoost, startHub, temporaryDir } from '../sim/hub-process.ts'
import { openOtaFarm } from '../sim/ota-farm.ts'
import { DESKTOP, launchBrowser, openPage, overflowPx, PHONE, seriousFlaws, shoot } from './browser.ts'

const NODES = 200
const uidOf = (i: number) => `rn-0000000b${i.toString(16).padStart(4, '0')}`

test.skipIf(whyNoNode() !== null)(
  'a bad image for a farm of 200 halts at the first node, with the reason on the screen',
  async () => {
    await using parts = new AsyncDisposableStack()
    const dir = parts.use(await temporaryDir('browser-updates'))
    const dataDir = join(dir.path, 'data')
    const csv = join(dir.path, 'nodes.csv')
    const lines = Array.from({ length: NODES }, (_, i) => `${uidOf(i)},home/h${i % 10}/n${i}`)
    await writeFile(csv, `${lines.join('\n')}\n`)
    const added = await runRoost(['node', 'add', '--csv', csv, '--out', join(dir.path, 'nodes'), '--data', dataDir])
    expect(added.code, added.stderr).toBe(0)
    const hub = await startHub({ dataDir })
    parts.defer(() => hub.kill())
    const farm = await openOtaFarm(dir.path, dataDir, () => hub)
    await farm.add(
      { version: '2.0.0', sizeBytes: 200_000, behaviour: 'unsigned' },
      'Quieter fans at night.\nFixes the damp sensor.',
    )
    await farm.add({ version: '1.9.0', sizeBytes: 100_000 }, 'The one before.')
    const canary = { uid: uidOf(7), dir: join(dir.path, 'nodes', uidOf(7)), prefix: '/farm/home/h7/n7' }
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
