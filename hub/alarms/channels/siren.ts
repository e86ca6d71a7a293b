// The siren's relay at a GPIO line, held by `gpioset` of libgpiod 2: energised while the hub is well and quiet. When the hub dies, the guard
// around gpioset reads the end of its input, ends it and lets the relay fall; when the mains die it falls by itself. Either way the siren sounds.
// Debian builds gpioset without its interactive mode: each level is a process of its own.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Clock, Timer } from '../../core/clock.ts'
import type { Log } from '../../core/log.ts'
import type { ChannelConfig } from './config.ts'

const AGAIN_MS = 5_000
const EXIT_WAIT_MS = 2_000
/**
 * $0: gpioset, $1: chip, $2: line, $3: level. Holds the level until its input ends or gpioset does. A line that nobody holds keeps its last level on some
 * chips: when it was held to the end it is put to 0 before it is let go.
 */
const GUARD = `exec 3<&0
"$0" --chip "$1" "$2=$3" & held=$!
{ cat <&3 >/dev/null; kill $held; } 2>/dev/null & watch=$!
wait $held; code=$?
kill $watch 2>/dev/null
if [ $code -gt 128 ]; then "$0" --chip "$1" --toggle 0 "$2=0"; fi
exit $code`
/** The shell found no such command. */
const NOT_FOUND = 127

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
  /** The one that runs was told to end, to make room for another level. */
  let isSwitching = false

  function start() {
    again = null
    if (isClosed) return
    const args = [chip, String(line), isSounding ? '0' : '1']
    const own = spawn('sh', ['-c', GUARD, command, ...args], { stdio: ['pipe', 'ignore', 'pipe'] })
    child = own
    isSwitching = false
    fault = null
    let said = ''
    own.stderr!.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString('utf8')}`.slice(-200)
    })
    own.stdin!.on('error', () => {})
    const ended = (reason: string) => {
      if (child !== own) return
      child = null
      own.stdin!.destroy()
      if (isClosed) return
      if (isSwitching) return start()
      if (fault === null) log.error('siren-lost', { chip, line, reason })
      fault = reason
      again = clock.after(AGAIN_MS, start)
    }
    own.on('error', (error) => ended(error.message))
    own.on('exit', (code) =>
      ended(code === NOT_FOUND ? `${command} is not installed` : said.trim() || `${command} ended with ${code}`),
    )
  }
  start()

  return {
    sound(isOn) {
      if (isOn === isSounding) return
      isSounding = isOn
      if (!child || isSwitching) return
      isSwitching = true
      child.stdin!.end()
    },
    fault: () => fault,
    async [Symbol.asyncDispose]() {
      isClosed = true
      again?.cancel()
      const own = child
      if (!own || own.exitCode !== null) return
      const gone = new Promise<void>((resolve) => own.once('exit', () => resolve()))
      own.stdin!.end()
      const timer = setTimeout(() => own.kill('SIGKILL'), EXIT_WAIT_MS)
      await gone
      clearTimeout(timer)
    },
  }
}
