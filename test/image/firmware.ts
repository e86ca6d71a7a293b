// Plays the Pi's firmware for QEMU: reads from the card's own bytes which slot to start, forgets a request for a trial before anything runs,
// loads that slot's kernel and initramfs, and says in the device tree what it did.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bootPartitionOf, type Partition, SECTOR_BYTES } from '../../scripts/image-plan.ts'

function run(command: string, args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`)
  return stdout
}

/** A FAT partition of the card as mtools name it. */
const fatAt = (diskPath: string, partitions: readonly Partition[], number: number) =>
  `${diskPath}@@${partitions.find((each) => each.number === number)!.startSectors * SECTOR_BYTES}`

/** A file of the first partition; null when there is none. */
export function readSelect(diskPath: string, partitions: readonly Partition[], name: string): string | null {
  const { status, stdout } = spawnSync('mtype', ['-i', fatAt(diskPath, partitions, 1), `::${name}`], {
    encoding: 'utf8',
  })
  return status === 0 ? stdout : null
}

export interface Choice {
  partition: number
  isTrial: boolean
}

/** What the firmware starts now. Error: when the card does not say. */
export function choose(diskPath: string, partitions: readonly Partition[]): Choice {
  const autoboot = readSelect(diskPath, partitions, 'autoboot.txt')
  if (autoboot === null) throw new Error('the card has no autoboot.txt')
  if (Buffer.byteLength(autoboot) !== SECTOR_BYTES) throw new Error('autoboot.txt is not one sector')
  const isTrial = readSelect(diskPath, partitions, 'tryboot') !== null
  if (isTrial) run('mdel', ['-i', fatAt(diskPath, partitions, 1), '::tryboot'])
  const partition = bootPartitionOf(autoboot, isTrial)
  if (partition === null) throw new Error('autoboot.txt names no partition')
  return { partition, isTrial }
}

export interface Loaded {
  kernel: string
  initramfs: string
  deviceTree: string
  commandLine: string
}

/** Loads the slot into `dir`, as its own config.txt says, with a device tree for QEMU's `machine`. */
export function load(
  diskPath: string,
  partitions: readonly Partition[],
  choice: Choice,
  dir: string,
  machine: string[],
): Loaded {
  const fat = fatAt(diskPath, partitions, choice.partition)
  const copy = (name: string) => {
    run('mcopy', ['-n', '-o', '-i', fat, `::${name}`, join(dir, name)])
    return join(dir, name)
  }
  const config = readFileSync(copy('config.txt'), 'utf8')
  const kernelName = /^kernel=(\S+)/m.exec(config)?.[1]
  const initramfsName = /^initramfs (\S+) followkernel/m.exec(config)?.[1]
  if (!kernelName || !initramfsName) throw new Error('config.txt names no kernel or initramfs')
  const deviceTree = join(dir, 'machine.dtb')
  const [machineName = '', ...rest] = machine
  run('qemu-system-aarch64', ['-nodefaults', '-display', 'none', '-M', `${machineName},dumpdtb=${deviceTree}`, ...rest])
  const node = '/chosen/bootloader'
  run('fdtput', ['-p', '-c', deviceTree, node])
  const say = (name: string, value: number) => run('fdtput', ['-t', 'x', deviceTree, node, name, value.toString(16)])
  say('partition', choice.partition)
  say('tryboot', choice.isTrial ? 1 : 0)
  // A Pi's reset keeps the request for a trial in a register; this machine has none (image/overlay/usr/lib/roost/trial-boot).
  say('simulated', 1)
  return {
    kernel: copy(kernelName),
    initramfs: copy(initramfsName),
    deviceTree,
    commandLine: readFileSync(copy('cmdline.txt'), 'utf8').trim(),
  }
}
