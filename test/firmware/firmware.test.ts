// The firmware's host tests: built by CMake with gcc and with clang, under ASan and UBSan, and run by ctest.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const exists = (command: string) => spawnSync(command, ['--version'], { stdio: 'ignore' }).status === 0

function run(command: string, args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`.slice(-8_000)}`)
  return stdout
}

const hasTools = exists('cmake') && exists('ctest')

/** Whether a compiler is there with its sanitizers' libraries, which Debian packs apart for clang. */
const canSanitize = (compiler: string) =>
  spawnSync(compiler, ['-fsanitize=address,undefined', '-x', 'c', '-', '-o', '/dev/null'], {
    input: 'int main(void) { return 0; }',
  }).status === 0

describe.each(['gcc', 'clang'])('built with %s', (compiler) => {
  const canRun = hasTools && canSanitize(compiler)
  if (!canRun)
    process.stderr.write(
      `firmware: skipped for ${compiler}: cmake, ctest, or ${compiler} with its sanitizers is not installed\n`,
    )

  test.skipIf(!canRun)('the core and the virtual node build without a warning and keep their promises', () => {
    const build = join(root, '.cache', 'firmware', compiler)
    run('cmake', ['-S', join(root, 'firmware'), '-B', build, `-DCMAKE_C_COMPILER=${compiler}`])
    run('cmake', ['--build', build, '--parallel', '2'])
    expect(run('ctest', ['--test-dir', build, '--output-on-failure', '--parallel', '2'])).toContain('100% tests passed')
  })
})

const CROSS = 'riscv64-unknown-elf-gcc'
test.skipIf(!exists(CROSS))('a whole node fits the memory and the stack that its chip has for it', () => {
  const said = run(process.execPath, [join(root, 'scripts/firmware.ts'), 'size'])
  process.stderr.write(said)
  expect(said).toContain('a node with 16 sensors')
})
