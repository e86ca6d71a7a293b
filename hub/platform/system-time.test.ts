import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createLog } from '../core/log.ts'
import { createSystemTime } from './system-time.ts'

const log = createLog(
  () => {},
  () => 0,
)

test('the program that may set the clock is given whole milliseconds, and its failure is told', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'roost-set-clock-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const program = join(dir, 'set-clock')
  writeFileSync(program, `#!/bin/sh\nprintf '%s' "$*" > ${join(dir, 'given')}\n`)
  chmodSync(program, 0o700)
  expect(await createSystemTime(log, program).set(1_795_439_349_347.6)).toBe(true)
  expect(readFileSync(join(dir, 'given'), 'utf8')).toBe('1795439349348')
  expect(await createSystemTime(log, '/bin/false').set(1)).toBe(false)
  expect(await createSystemTime(log, join(dir, 'none')).set(1)).toBe(false)
  expect(await createSystemTime(log, undefined).set(1)).toBe(false)
})

test('a machine has one name for its boot, and its uptime goes on while the hub restarts', async () => {
  const [first, second] = [createSystemTime(log, undefined), createSystemTime(log, undefined)]
  expect(first.bootId).toMatch(/^[0-9a-f-]{36}$/)
  expect(second.bootId).toBe(first.bootId)
  expect(second.uptimeMs()).toBeGreaterThanOrEqual(first.uptimeMs() - 10)
  expect(typeof (await first.isSynchronised())).toBe('boolean')
})
