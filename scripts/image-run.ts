// Runs the tools that make the image: each with its name in the error, long ones with their time.
import { spawnSync } from 'node:child_process'

export interface RunOptions {
  cwd?: string
  input?: string
  env?: Record<string, string>
}

/** What the command printed. An error names the command and the end of what it said. */
export function run(command: string, args: readonly string[], options: RunOptions = {}): string {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
    ...options,
    env: { ...process.env, ...options.env },
  })
  if (result.error) throw new Error(`${command}: ${result.error.message}`, { cause: result.error })
  if (result.status !== 0) {
    throw new Error(
      `${command} ${args.join(' ')} ended with ${result.status}: ${`${result.stdout}${result.stderr}`.slice(-4_000)}`,
    )
  }
  return result.stdout
}

/** Runs a step and prints what it took. */
export async function step<T>(name: string, work: () => T | Promise<T>): Promise<T> {
  const beginMs = performance.now()
  process.stdout.write(`image: ${name} …\n`)
  const result = await work()
  process.stdout.write(`image: ${name}: ${((performance.now() - beginMs) / 1000).toFixed(1)} s\n`)
  return result
}
