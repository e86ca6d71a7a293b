// RAUC's boot backend of the image (a shell script) on a folder of this machine, held against what the firmware would start.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, test } from 'vitest'
import { autobootText, bootPartitionOf } from './image-plan.ts'

const SCRIPT = fileURLToPath(new URL('../image/overlay/usr/lib/roost/boot-slots', import.meta.url))
const made: string[] = []
afterEach(() => {
  for (const dir of made.splice(0)) rmSync(dir, { recursive: true, force: true })
})

function openCard(running: 'A' | 'B') {
  const dir = mkdtempSync(join(tmpdir(), 'roost-slots-'))
  made.push(dir)
  const path = (name: string) => join(dir, name)
  writeFileSync(path('autoboot.txt'), autobootText('A'))
  writeFileSync(path('slot'), `${running}\n`)
  const env = {
    PATH: process.env.PATH,
    ROOST_SELECT: dir,
    ROOST_BOOT_STATE: path('state'),
    ROOST_SLOT_FILE: path('slot'),
  }
  return {
    ask(...args: string[]): string {
      const { status, stdout, stderr } = spawnSync('sh', [SCRIPT, ...args], { encoding: 'utf8', env })
      assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
      return stdout.trim()
    },
    fails: (...args: string[]) => spawnSync('sh', [SCRIPT, ...args], { env }).status !== 0,
    autoboot: () => readFileSync(path('autoboot.txt'), 'utf8'),
    run: (slot: 'A' | 'B') => writeFileSync(path('slot'), `${slot}\n`),
  }
}

test('a fresh card: slot A runs and is started again, slot B holds nothing', () => {
  const { ask } = openCard('A')
  assert.equal(ask('get-current'), 'A')
  assert.equal(ask('get-primary'), 'A')
  assert.equal(ask('get-state', 'A'), 'good')
  assert.equal(ask('get-state', 'B'), 'bad')
})

test('what was written is tried, but not committed, until it is called good while it runs', () => {
  const { ask, autoboot, run } = openCard('A')
  ask('set-state', 'B', 'bad')
  ask('set-primary', 'B')
  assert.equal(ask('get-primary'), 'B')
  assert.equal(ask('get-state', 'B'), 'good')
  assert.equal(autoboot(), autobootText('A'))
  ask('set-state', 'B', 'good')
  assert.equal(autoboot(), autobootText('A'))
  run('B')
  ask('set-state', 'B', 'good')
  // Byte for byte what the firmware reads, in the one sector that it was before.
  assert.equal(autoboot(), autobootText('B'))
  assert.equal(bootPartitionOf(autoboot(), false), 3)
  assert.equal(bootPartitionOf(autoboot(), true), 2)
})

test('a slot that is called bad is not tried any more', () => {
  const { ask, autoboot } = openCard('A')
  ask('set-primary', 'B')
  ask('set-state', 'B', 'bad')
  assert.equal(ask('get-primary'), 'A')
  assert.equal(ask('get-state', 'B'), 'bad')
  assert.equal(autoboot(), autobootText('A'))
})

test('a slot that does not exist and a word that is none are refused', () => {
  const { fails } = openCard('A')
  assert.ok(fails('set-primary', 'C'))
  assert.ok(fails('set-state', 'A', 'maybe'))
  assert.ok(fails('get-state', '../A'))
  assert.ok(fails('nothing'))
})
