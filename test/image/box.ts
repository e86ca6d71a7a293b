// A simulated box: QEMU's arm64 machine on a card image, started as the Pi's firmware would; its console, its ports, its end.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import type { Partition } from '../../scripts/image-plan.ts'
import { type Choice, choose, load } from './firmware.ts'

const MACHINE = ['virt', '-cpu', 'cortex-a72', '-smp', '2', '-m', '1024']
const LINES_MAX = 20_000
/** What the console says beside; the image's own command line is quiet. */
const CONSOLE =
  'console=ttyAMA0 loglevel=5 systemd.journald.forward_to_console=1 systemd.log_color=0 systemd.show_status=false'

export interface Ports {
  http: number
  https: number
  mqtts: number
  enrol: number
}

export interface Run {
  readonly choice: Choice
  readonly lines: readonly string[]
  /** Resolves at the first console line that matches, also of those that came already; rejects after `limitMs` or when the machine stops. */
  line(pattern: RegExp, limitMs: number): Promise<string>
  /** The machine stopped by itself: it powered off, or wanted to start again. */
  ended(limitMs: number): Promise<void>
  isRunning(): boolean
  /** The power is cut. */
  cut(): Promise<void>
}

/** Ports of this machine that are free now. */
export async function freePorts(): Promise<Ports> {
  const servers = await Promise.all(
    [0, 1, 2, 3].map(async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const [http, https, mqtts, enrol] = servers.map((server) => (server.address() as { port: number }).port) as [
    number,
    number,
    number,
    number,
  ]
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return { http, https, mqtts, enrol }
}

/** What is plugged into the box beside its card. */
export interface Plugged {
  /** An image of a USB stick. */
  stick?: string
  /** A serial line of this machine, which the box sees at a USB adapter. */
  modem?: string
  /** Where this socket is made, a root shell of the box answers (shell.ts). */
  shell?: string
}

/** Starts what the card says. */
export function start(
  diskPath: string,
  partitions: readonly Partition[],
  dir: string,
  ports: Ports,
  { stick, modem, shell }: Plugged = {},
): Run {
  const choice = choose(diskPath, partitions)
  const { kernel, initramfs, deviceTree, commandLine } = load(diskPath, partitions, choice, dir, MACHINE)
  const forwards = [
    [ports.http, 80],
    [ports.https, 443],
    [ports.mqtts, 8883],
    [ports.enrol, 8443],
  ].map(([from, to]) => `hostfwd=tcp:127.0.0.1:${from}-:${to}`)
  const args = ['-nodefaults', '-display', 'none', '-no-reboot', '-accel', 'tcg,thread=multi', '-M', ...MACHINE]
  const said = `${commandLine} ${CONSOLE}${shell ? ' systemd.debug_shell=hvc0' : ''}`
  args.push('-dtb', deviceTree, '-kernel', kernel, '-initrd', initramfs, '-append', said)
  args.push(
    '-drive',
    `file=${diskPath},if=none,id=card,format=raw,cache=writeback`,
    '-device',
    'virtio-blk-device,drive=card',
  )
  args.push('-netdev', `user,id=lan,${forwards.join(',')}`, '-device', 'virtio-net-device,netdev=lan')
  args.push('-device', 'virtio-rng-device', '-serial', 'stdio')
  if (stick || modem) args.push('-device', 'qemu-xhci,id=usb')
  if (stick) {
    args.push('-drive', `file=${stick},if=none,id=stick,format=raw`)
    args.push('-device', 'usb-storage,bus=usb.0,drive=stick,removable=on')
  }
  if (modem) args.push('-chardev', `serial,id=modem,path=${modem}`, '-device', 'usb-serial,bus=usb.0,chardev=modem')
  if (shell) {
    args.push('-chardev', `socket,id=shell,path=${shell},server=on,wait=off`)
    args.push('-device', 'virtio-serial-device', '-device', 'virtconsole,chardev=shell')
  }
  const child = spawn('qemu-system-aarch64', args, { stdio: ['ignore', 'pipe', 'pipe'] })
  return watch(child, choice)
}

function watch(child: ChildProcess, choice: Choice): Run {
  const lines: string[] = []
  const waiting = new Set<() => void>()
  let isRunning = true
  const wake = () => {
    for (const each of waiting) each()
  }
  for (const stream of [child.stdout!, child.stderr!]) {
    createInterface(stream).on('line', (line) => {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals' own
      if (lines.length < LINES_MAX) lines.push(line.replace(/\x1b\[[0-9;?!]*[a-zA-Z]/g, '').trimEnd())
      wake()
    })
  }
  const exited = once(child, 'exit').then(() => {
    isRunning = false
    wake()
  })

  return {
    choice,
    lines,
    isRunning: () => isRunning,
    line: (pattern, limitMs) =>
      new Promise((resolve, reject) => {
        let seen = 0
        const done = (finish: () => void) => {
          clearTimeout(timer)
          waiting.delete(look)
          finish()
        }
        const tail = () => lines.slice(-25).join('\n')
        const look = () => {
          for (; seen < lines.length; seen++) {
            const line = lines[seen]!
            if (pattern.test(line)) return done(() => resolve(line))
          }
          if (!isRunning) done(() => reject(new Error(`the machine stopped before ${pattern}:\n${tail()}`)))
        }
        const timer = setTimeout(
          () => done(() => reject(new Error(`no ${pattern} in ${limitMs / 1000} s:\n${tail()}`))),
          limitMs,
        )
        waiting.add(look)
        look()
      }),
    async ended(limitMs) {
      let timer: NodeJS.Timeout | undefined
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(
          () => reject(new Error(`still runs after ${limitMs / 1000} s:\n${lines.slice(-25).join('\n')}`)),
          limitMs,
        )
      })
      await Promise.race([exited, late]).finally(() => clearTimeout(timer))
    },
    async cut() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
