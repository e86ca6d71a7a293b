// npm run image [-- options]: the appliance from the sources: roost-VERSION.img.zst for a card, roost-VERSION.raucb for a running box.
//   --out DIR       where the results go               .cache/image/out
//   --version TEXT  the version                        package.json's
//   --firmware DIR  releases for the nodes, and their public keys (*.pem), that the image carries
//   --fast          packs less tightly; for development and tests
//   --bundle-only   no card image
//   --update-lock   writes down the Debian versions that are there now (image/config/packages.lock)
// Needs root, and on another machine than a Pi: apt-get install mmdebstrap qemu-user-static mtools dosfstools squashfs-tools fdisk rauc kmod zstd cpio
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { makeBase } from './image-base.ts'
import { type BootParts, makeBootFs, makeInitramfs, makeSelectFs } from './image-boot.ts'
import { makeDisk } from './image-disk.ts'
import { type ImageConfig, listLines } from './image-plan.ts'
import { makeBundle, makeLicences, makeSbom, makeSums, signingKeys } from './image-release.ts'
import { run, step } from './image-run.ts'
import { layTree, packTree, type Release } from './image-system.ts'

const TOOLS = [
  'mmdebstrap',
  'mcopy',
  'mkfs.vfat',
  'mksquashfs',
  'sfdisk',
  'rauc',
  'depmod',
  'zstd',
  'cpio',
  'openssl',
  'systemctl',
]
const rootDir = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
const imageDir = join(rootDir, 'image')
mkdirSync(join(rootDir, '.cache/image'), { recursive: true })
// Without links: systemctl refuses a root whose path has one.
const cacheDir = realpathSync(join(rootDir, '.cache/image'))

const { values: options } = parseArgs({
  options: {
    out: { type: 'string', default: join(cacheDir, 'out') },
    version: { type: 'string' },
    firmware: { type: 'string' },
    fast: { type: 'boolean', default: false },
    'bundle-only': { type: 'boolean', default: false },
    'update-lock': { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (options.help) {
  process.stdout.write(
    readFileSync(fileURLToPath(import.meta.url), 'utf8')
      .split('\nimport ')[0]!
      .replaceAll('// ', ''),
  )
  process.exit(0)
}

const missing = TOOLS.filter(
  (tool) => !['/usr/bin', '/usr/sbin', '/bin', '/sbin'].some((dir) => existsSync(join(dir, tool))),
)
if (missing.length > 0 || process.getuid?.() !== 0) {
  process.stderr.write(
    `image: ${missing.length > 0 ? `missing: ${missing.join(' ')}` : 'must be run as root'} (--help)\n`,
  )
  process.exit(2)
}

const config: ImageConfig = JSON.parse(readFileSync(join(imageDir, 'config/roost.json'), 'utf8'))
const version = options.version ?? JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')).version
const epochS = Number(
  process.env.SOURCE_DATE_EPOCH ?? run('git', ['log', '-1', '--format=%ct'], { cwd: rootDir }).trim(),
)
const release: Release = {
  version,
  compatible: config.compatible,
  built: new Date(epochS * 1000).toISOString(),
  commit: run('git', ['describe', '--always', '--dirty'], { cwd: rootDir }).trim(),
}
const workDir = join(cacheDir, `work-${process.pid}`)
mkdirSync(workDir, { recursive: true })
mkdirSync(options.out, { recursive: true })
const beginMs = performance.now()

try {
  await make()
} finally {
  rmSync(workDir, { recursive: true, force: true })
}

async function make(): Promise<void> {
  const out = (name: string) => join(options.out, name)
  const keys = signingKeys()
  const base = await step('Debian packages (minutes when they are new)', () => makeBase(imageDir, cacheDir, config))
  holdLock(base.packages)
  const treeDir = join(workDir, 'tree')
  const kernel = await step('file tree', () =>
    layTree({
      rootDir,
      imageDir,
      cacheDir,
      config,
      base,
      release,
      keyringPem: readFileSync(keys.keyringPath, 'utf8'),
      firmwareDir: options.firmware ?? null,
      treeDir,
    }),
  )
  const [root, initramfs, boot, select] = ['root.img', 'initramfs.img', 'boot.img', 'select.img'].map((name) =>
    join(workDir, name),
  ) as [string, string, string, string]
  const bootParts: BootParts = { imageDir, unpackedDir: base.unpackedDir, treeDir, kernel, workDir, epochS }
  await step('initramfs', () => makeInitramfs(bootParts, initramfs))
  await step('boot file systems', () => {
    makeBootFs(bootParts, initramfs, config.sizesMiB.boot, boot)
    makeSelectFs(bootParts, config.sizesMiB.select, select)
  })
  await step('system image', () => packTree(treeDir, root, epochS, options.fast ? 3 : 19))
  const made = [out(`roost-${version}.raucb`)]
  await step('signed update', () => makeBundle(made[0]!, { root, boot, release, keys, workDir }))
  if (!options['bundle-only']) {
    const disk = out(`roost-${version}.img`)
    await step('card image', () => makeDisk(disk, config, { select, boot, root, workDir, epochS }))
    await step('packed card image', () =>
      run('zstd', ['-q', '-f', '-T0', options.fast ? '-1' : '-12', disk, '-o', `${disk}.zst`]),
    )
    makeSbom(out(`roost-${version}.cdx.json`), { rootDir, config, packages: base.packages, release })
    makeLicences(out(`roost-${version}.licences.txt`), { rootDir, treeDir, unpackedDir: base.unpackedDir, config })
    made.push(`${disk}.zst`, out(`roost-${version}.cdx.json`), out(`roost-${version}.licences.txt`))
    makeSums(out('SHA256SUMS'), made)
  }
  for (const path of [...made, root, initramfs]) {
    process.stdout.write(
      `image: ${(statSync(path).size / 1e6).toFixed(1).padStart(7)} MB  ${path.replace(`${workDir}/`, '')}\n`,
    )
  }
  process.stdout.write(`image: done in ${((performance.now() - beginMs) / 1000).toFixed(0)} s\n`)
}

/** The versions are those of the list, or the list says what is different. */
function holdLock(packages: readonly string[]): void {
  const path = join(imageDir, 'config/packages.lock')
  if (options['update-lock'] || !existsSync(path)) {
    const day = new Date().toISOString().slice(0, 10)
    writeFileSync(
      path,
      `# Debian packages of the image and their versions, ${day}; renewed with: npm run image -- --update-lock\n${packages.join('\n')}\n`,
    )
    return
  }
  const locked = new Set(listLines(readFileSync(path, 'utf8')))
  const other = packages.filter((each) => !locked.has(each))
  if (other.length > 0) process.stdout.write(`image: not as in packages.lock: ${other.join(' ')}\n`)
}
