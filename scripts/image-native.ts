// Our own machine code: a kernel module (image/module) and a small library for RAUC (image/rauc), compiled under qemu-user with Debian's
// compiler and the headers of the kernel's release.
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './image-run.ts'

export interface Native {
  /** roost_tryboot.ko */
  module: string
  /** verity_status.so */
  library: string
}

const MODULE = 'roost_tryboot.ko'
const LIBRARY = 'verity_status.so'

/** Compiles both for `kernel` (as in /lib/modules), or takes them from `cacheDir`. */
export function makeNative(parts: {
  imageDir: string
  cacheDir: string
  kernel: string
  suite: string
  /** What apt reads. */
  sources: string
  /** The installed base, for the shell and the tools. */
  rootTar: string
}): Native {
  const { imageDir, cacheDir, kernel, suite, sources, rootTar } = parts
  const paths = [
    ...readdirSync(join(imageDir, 'module')).map((name) => join(imageDir, 'module', name)),
    join(imageDir, 'rauc/verity_status.c'),
  ].toSorted()
  const hash = createHash('sha256').update(kernel)
  for (const path of paths) hash.update(readFileSync(path))
  const made = join(cacheDir, `native-${hash.digest('hex').slice(0, 16)}`)
  const native = { module: join(made, MODULE), library: join(made, LIBRARY) }
  if (existsSync(made)) return native

  const dir = join(cacheDir, 'toolchain')
  rmSync(dir, { recursive: true, force: true })
  const include = [`linux-headers-${kernel}`, 'make', 'gcc-14', 'binutils', 'libc6-dev']
  const args = ['--mode=root', '--architectures=arm64', '--variant=extract', `--include=${include.join(',')}`]
  args.push('--aptopt=Apt::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"')
  args.push('--aptopt=Acquire::Check-Valid-Until "false"')
  run('mmdebstrap', [...args, suite, dir, '-'], { input: sources })
  run('tar', ['-xf', rootTar, '-C', dir, '--exclude=./dev/*', '--keep-directory-symlink'])
  const buildDir = join(dir, 'build')
  mkdirSync(buildDir)
  for (const path of paths) copyFileSync(path, join(buildDir, path.replace(/^.*\//, '')))
  const inside = (...command: string[]) => run('chroot', [dir, ...command])
  inside('make', '-C', `/usr/src/linux-headers-${kernel}`, 'M=/build', 'modules')
  inside('strip', '--strip-debug', `/build/${MODULE}`)
  inside(
    'gcc-14',
    '-O2',
    '-Wall',
    '-Wextra',
    '-shared',
    '-fPIC',
    '-s',
    '-o',
    `/build/${LIBRARY}`,
    '/build/verity_status.c',
  )
  mkdirSync(`${made}.new`, { recursive: true })
  for (const name of [MODULE, LIBRARY]) copyFileSync(join(buildDir, name), join(`${made}.new`, name))
  renameSync(`${made}.new`, made)
  rmSync(dir, { recursive: true, force: true })
  return native
}
