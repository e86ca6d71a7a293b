// npm run check: types, format and lint of everything. Errors fail; warnings are counted, and shown with --verbose.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const USAGE = `Usage: npm run check [-- --verbose]
  --verbose   show warnings too
`

interface Step {
  name: string
  command: string[]
}

/** Biome fails on format and lint errors; oxlint sees what it cannot: promises that are lost in listeners. */
const STEPS: Step[] = [
  { name: 'types of hub, scripts and tests', command: ['tsc', '-p', '.'] },
  { name: 'types of the web UI', command: ['tsc', '-p', 'webui'] },
  { name: 'format and lint', command: ['biome', 'check', '--max-diagnostics=200', '--colors=off'] },
  { name: 'lost promises', command: ['oxlint', '--type-aware'] },
]

const root = fileURLToPath(new URL('..', import.meta.url))

/** Warnings that a tool's closing line counts: "Found 3 warnings." (Biome), "Found 3 warnings and 0 errors." (oxlint). */
export function countWarnings(output: string): number {
  const match = /Found (\d+) warnings?\b/.exec(output)
  return match ? Number(match[1]) : 0
}

function runStep({ name, command: [tool, ...args] }: Step, isVerbose: boolean): boolean {
  const startMs = performance.now()
  const run = spawnSync(join(root, 'node_modules', '.bin', tool!), args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, NO_COLOR: '1' },
  })
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1)
  const output = `${run.stdout ?? ''}${run.stderr ?? ''}${run.error ? `${run.error.message}\n` : ''}`
  const isGood = run.status === 0
  const warnings = countWarnings(output)
  if (!isGood || (isVerbose && warnings > 0)) process.stdout.write(output.trimEnd().concat('\n'))
  const result = isGood ? (warnings > 0 ? `ok, ${warnings} warnings` : 'ok') : 'FAILED'
  process.stdout.write(`check: ${name}: ${result} (${seconds} s)\n`)
  return isGood
}

if (import.meta.main) {
  const args = process.argv.slice(2)
  if (args.some((arg) => arg !== '--verbose')) {
    process.stdout.write(USAGE)
    process.exit(args.includes('--help') ? 0 : 2)
  }
  // All of them, so that one run shows everything that is wrong.
  const failed = STEPS.filter((step) => !runStep(step, args.includes('--verbose')))
  process.stdout.write(
    failed.length === 0 ? 'check: all good\n' : `check: ${failed.length} of ${STEPS.length} failed\n`,
  )
  process.exitCode = failed.length === 0 ? 0 : 1
}
