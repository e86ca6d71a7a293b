import { mkdtempSync, readdirSync, readFileSync, rmSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSimClock } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import { RoostError } from '../core/errors.ts'
import { createLog } from '../core/log.ts'
import { openPki } from '../pki/pki.ts'
import { provisionNode } from '../provision.ts'
import { openRegistry } from '../registry/registry.ts'
import { addBatch, parseBatch } from './node-batch.ts'

const CSV =
  'uid,place\nrn-00000000000a,home/h1/a\r\n# the second house\n"rn-00000000000b" , home/h2/b\n\nrn-00000000000c,home/h2/c\n'

test('a list with headline, comments, quotes and any line ends is read; every bad line is named', () => {
  expect(parseBatch(CSV, 'f.csv').map(({ line, uid }) => [line, uid])).toEqual([
    [2, 'rn-00000000000a'],
    [4, 'rn-00000000000b'],
    [6, 'rn-00000000000c'],
  ])
  const flaws: [string, RegExp][] = [
    ['rn-00000000000a', /f\.csv:1: it has 1 fields/],
    ['rn-00000000000a,home/h1/a,x', /f\.csv:1: it has 3 fields/],
    ['rn-1,home/h1/a', /f\.csv:1: "rn-1" is not rn-/],
    ['rn-00000000000a,home', /f\.csv:1: "home" is not site/],
    ['rn-00000000000a,h/h/a\nrn-00000000000a,h/h/b', /f\.csv:2: rn-00000000000a is on line 1 already/],
    ['rn-00000000000a,h/h/a\nrn-00000000000b,h/h/a', /f\.csv:2: the place h\/h\/a is on line 1/],
    ['x\ny', /f\.csv:1: .*; f\.csv:2: /],
    ['', /names no node/],
  ]
  for (const [text, message] of flaws) expect(() => parseBatch(text, 'f.csv'), text).toThrow(message)
})

async function world() {
  const out = mkdtempSync(join(tmpdir(), 'roost-batch-'))
  onTestFinished(() => rmSync(out, { recursive: true, force: true }))
  const clock = createSimClock({ wallMs: Date.UTC(2026, 10, 1) })
  const parts = { disk: createSimDisk(), clock, log: createLog(() => {}, clock.wallMs) }
  const pki = await openPki({ dir: '/pki', ...parts })
  const registry = await openRegistry({ dir: '/registry', ...parts })
  let failAt = 0
  const farm = {
    async addNode(uid: string, place: Parameters<typeof provisionNode>[2]) {
      if (--failAt === 0) throw new RoostError('DISK', 'the card is full')
      return provisionNode({ registry, pki }, uid, place)
    },
    listNodes: async () => registry.list(),
  }
  const run = (text = CSV) => addBatch('f.csv', parseBatch(text, 'f.csv'), out, farm)
  return { out, registry, run, failAt: (n: number) => (failAt = n) }
}

test('a batch that breaks off goes on where it stopped, and a third run issues nothing', async () => {
  const { out, registry, run, failAt } = await world()
  failAt(2)
  await expect(run()).rejects.toThrow(/f\.csv:4: the card is full \(1 nodes before it are done/)
  expect(readdirSync(out)).toEqual(['rn-00000000000a'])
  expect(await run()).toEqual({ added: 2, before: 1 })
  const serials = registry.list().map(({ certificateSerial }) => certificateSerial)
  expect(await run()).toEqual({ added: 0, before: 3 })
  expect(registry.list().map(({ certificateSerial }) => certificateSerial)).toEqual(serials)
  unlinkSync(join(out, 'rn-00000000000b', 'node.crt.pem'))
  expect(await run()).toEqual({ added: 1, before: 2 })
  expect(readFileSync(join(out, 'rn-00000000000b', 'node.key.pem'), 'utf8')).toContain('PRIVATE KEY')
})

test('a place or a node that is elsewhere stops the batch before anything is issued', async () => {
  const { out, registry, run } = await world()
  await registry.add('rn-00000000000f', { site: 'home', house: 'h2', node: 'c' })
  await expect(run()).rejects.toMatchObject({ code: 'PLACE_TAKEN', message: expect.stringMatching(/^f\.csv:6: /) })
  await registry.setPlace('rn-00000000000f', null)
  await registry.add('rn-00000000000b', { site: 'home', house: 'h9', node: 'c' })
  await expect(run()).rejects.toMatchObject({ code: 'DEVICE_PLACED', message: expect.stringMatching(/^f\.csv:4: /) })
  expect(readdirSync(out)).toEqual([])
})
