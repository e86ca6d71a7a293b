// What the firmware loads: the initramfs with its fixed list of drivers, and the FAT file systems, made without mounting anything.
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { autobootText, listLines, loadOrder, MIB_SECTORS, SECTOR_BYTES } from './image-plan.ts'
import { run } from './image-run.ts'

export interface BootParts {
  imageDir: string
  unpackedDir: string
  /** The laid system, for modules.dep. */
  treeDir: string
  kernel: string
  workDir: string
  epochS: number
}

/** A few MB instead of a generator's fifty, in seconds instead of minutes: busybox, the drivers of image/initramfs/modules, and its init. */
export function makeInitramfs(parts: BootParts, target: string): void {
  const { imageDir, unpackedDir, treeDir, kernel, workDir, epochS } = parts
  const dir = join(workDir, 'initramfs')
  rmSync(dir, { recursive: true, force: true })
  for (const each of ['bin', 'dev', 'proc', 'sys', 'run', 'modules', 'new'])
    mkdirSync(join(dir, each), { recursive: true })
  copyFileSync(
    join(unpackedDir, existsSync(join(unpackedDir, 'usr/bin/busybox')) ? 'usr/bin/busybox' : 'bin/busybox'),
    join(dir, 'bin/busybox'),
  )
  copyFileSync(join(imageDir, 'initramfs/init'), join(dir, 'init'))
  run('chmod', ['755', join(dir, 'init'), join(dir, 'bin/busybox')])
  const modulesDir = join(treeDir, 'usr/lib/modules', kernel)
  const read = (name: string) => readFileSync(join(modulesDir, name), 'utf8')
  const wanted = listLines(readFileSync(join(imageDir, 'initramfs/modules'), 'utf8'))
  const { order, unknown } = loadOrder(wanted, read('modules.dep'), read('modules.builtin'))
  if (unknown.length > 0) throw new Error(`the kernel has no ${unknown.join(', ')}`)
  const names = order.map((path) => {
    const name = basename(path).replace(/\.xz$/, '')
    run('sh', ['-c', 'xz -dc "$1" > "$2"', 'sh', join(modulesDir, path), join(dir, 'modules', name)])
    return name
  })
  writeFileSync(join(dir, 'modules/order'), `${names.join('\n')}\n`)
  run('find', [dir, '-exec', 'touch', '-h', '-d', `@${epochS}`, '{}', '+'])
  const pack =
    'cd "$1" && find . | LC_ALL=C sort | cpio --quiet -o -H newc --reproducible -R 0:0 | zstd -q -T0 -12 > "$2"'
  run('sh', ['-c', pack, 'sh', dir, target])
}

/** A FAT file system in a file. `files`: name in the root → path here. */
function makeFat(target: string, sizeMiB: number, label: string, files: ReadonlyMap<string, string>): void {
  rmSync(target, { force: true })
  writeFileSync(target, '')
  truncateSync(target, sizeMiB * MIB_SECTORS * SECTOR_BYTES)
  run('mkfs.vfat', ['--invariant', '-F', '32', '-s', '1', '-n', label, target])
  for (const [name, path] of files) run('mcopy', ['-i', target, '-m', path, `::${name}`])
}

/** The boot file system of a slot; the same for both. */
export function makeBootFs(parts: BootParts, initramfsPath: string, sizeMiB: number, target: string): void {
  const { imageDir, unpackedDir, kernel, workDir, epochS } = parts
  const device = (name: string) => join(imageDir, 'device/pi', name)
  const [modulesDir] = globSync('usr/lib/modules/*', { cwd: unpackedDir })
  const kernelDir = join(unpackedDir, modulesDir!)
  const packedKernel = join(workDir, `kernel8-${kernel}.img`)
  run('sh', ['-c', 'gzip -n -6 -c "$1" > "$2"', 'sh', join(kernelDir, 'vmlinuz'), packedKernel])
  const files = new Map([
    ['config.txt', device('config.txt')],
    ['cmdline.txt', device('cmdline.txt')],
    ['kernel8.img', packedKernel],
    ['initramfs.img', initramfsPath],
  ])
  for (const name of listLines(readFileSync(device('firmware'), 'utf8'))) {
    files.set(name, join(unpackedDir, 'usr/lib/raspi-firmware', name))
  }
  for (const line of listLines(readFileSync(device('dtb'), 'utf8'))) {
    const [from = '', ...names] = line.split(/\s+/)
    for (const name of names) files.set(name, join(kernelDir, 'dtb/broadcom', from))
  }
  const dated = join(workDir, 'boot-files')
  rmSync(dated, { recursive: true, force: true })
  mkdirSync(dated, { recursive: true })
  for (const [name, path] of files) {
    copyFileSync(path, join(dated, name))
    files.set(name, join(dated, name))
  }
  run('find', [dated, '-type', 'f', '-exec', 'touch', '-d', `@${epochS}`, '{}', '+'])
  makeFat(target, sizeMiB, 'ROOST-BOOT', files)
}

/** The first partition: the oldest firmware's first step, and which slot it is to start. */
export function makeSelectFs(parts: BootParts, sizeMiB: number, target: string): void {
  const autoboot = join(parts.workDir, 'autoboot.txt')
  writeFileSync(autoboot, autobootText('A'))
  const bootcode = join(parts.unpackedDir, 'usr/lib/raspi-firmware/bootcode.bin')
  makeFat(
    target,
    sizeMiB,
    'ROOST',
    new Map([
      ['bootcode.bin', bootcode],
      ['autoboot.txt', autoboot],
    ]),
  )
}
