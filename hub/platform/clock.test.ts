import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { clockContract } from '../core/clock.contract.ts'
import { createRealClock } from './clock.ts'

clockContract('real clock', () => ({
  clock: createRealClock(),
  pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms + 2)),
}))

test('timers do not keep the process alive', () => {
  const module = fileURLToPath(new URL('./clock.ts', import.meta.url))
  const script = `import { createRealClock } from ${JSON.stringify(module)}
    const clock = createRealClock(); clock.after(60_000, () => {}); clock.every(60_000, () => {})`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000, encoding: 'utf8' })
  expect(run.stderr).toBe('')
  expect(run.status).toBe(0)
})
