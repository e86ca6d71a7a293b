// The siren's relay at a GPIO line, held by `gpioset` of libgpiod 2: energised while the hub is well and quiet. When the hub dies, gpioset
// reads the end of its input and lets the line go; when the mains die the relay falls by itself. Either way the siren sounds.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock, Timer } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { ChannelConfig } from './config.ts'

const AGAIN_MS = 5_000
const EXIT_WAIT_MS = 2_000

export interface Siren {
  /** true: the relay falls and the siren sounds. */
  sound(isOn: boolean): void
  /** Why it is not under control; null while it is. */
  fault(): string | null
  [Symbol.asyncDispose](): Promise<void>
}

/** Takes the line. `command` is gpioset's name. */
export function openSiren(
  { chip, line }: Extract<ChannelConfig, { kind: 'siren' }>,
  { clock, log, command = 'gpioset' }: { clock: Clock; log: Log; command?: string },
): Siren {
  let isSounding = false
  let child: ChildProcess | null = null
  let fault: string | null = 'not started'
  let again: Timer | null = null
  let isClosed = false
  const level = () => (isSounding ? 0 : 1)

  function start() {
    again = null
    if (isClosed) return
    const own = spawn(command, ['--interactive', '--chip', chip, `${line}=${level()}`], {
      stdio: ['pipe', 'ignore', 'pipe'],
    })
    child = own
    fault = null
    let said = ''
    own.stderr!.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-200)
    })
    own.stdin!.on('error', () => {})
    const ended = (reason: string) => {
      if (child !== own) return
      child = null
      if (isClosed) return
      if (fault === null) log.error('siren-lost', { chip, line, reason })
      fault = reason
      again = clock.after(AGAIN_MS, start)
    }
    own.on('error', (error) =>
      ended((error as NodeJS.ErrnoException).code === 'ENOENT' ? `${command} is not installed` : error.message),
    )
    own.on('exit', (code) => ended(said.trim() || `${command} ended with ${code}`))
  }
  start()

  return {
    sound(isOn) {
      if (isOn === isSounding) return
      isSounding = isOn
      child?.stdin?.write(`set ${line}=${level()}\n`)
    },
    fault: () => fault,
    async [Symbol.asyncDispose]() {
      isClosed = true
      again?.cancel()
      const own = child
      if (!own || own.exitCode !== null) return
      const gone = new Promise<void>((resolve) => own.once('exit', () => resolve()))
      own.stdin!.end('exit\n')
      const timer = setTimeout(() => own.kill('SIGKILL'), EXIT_WAIT_MS)
      await gone
      clearTimeout(timer)
    },
  }
}
