// The Debian system below the appliance: packages by the machine's own apt configuration, unpacked and set up for arm64 under qemu-user.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ImageConfig, listLines } from './image-plan.ts'
import { run } from './image-run.ts'

const BINFMT_DIR = '/proc/sys/fs/binfmt_misc'

export interface Base {
  /** The installed system. */
  rootTar: string
  /** Kernel, its modules, the Pi's firmware: unpacked only. */
  unpackedDir: string
  /** Where further packages come from, as apt reads it. */
  sources: string
  /** name=version, sorted: all that is in the image. */
  packages: string[]
}

/** Debian's addresses as this machine has them, for another release. */
function aptSources(config: ImageConfig): string {
  const rows = run('apt-get', [
    'indextargets',
    '--format',
    '$(REPO_URI) $(CODENAME) $(COMPONENT)',
    'Created-By: Packages',
  ])
    .split('\n')
    .map((line) => line.split(' '))
  const mirror = rows.find(([, codename, component]) => component === 'main' && /^[a-z]+$/.test(codename ?? ''))?.[0]
  const security = rows.find(([, codename]) => codename?.endsWith('-security'))?.[0]
  if (!mirror) throw new Error('the machine’s apt configuration names no Debian archive')
  const { suite, kernelSuite } = config
  const components = config.components.join(' ')
  return [
    ...[suite, `${suite}-updates`, kernelSuite].map((each) => `deb ${mirror} ${each} ${components}`),
    ...(security ? [`deb ${security} ${suite}-security ${components}`] : []),
    '',
  ].join('\n')
}

/** Lets this machine run arm64 programs, when it does not yet. */
function allowArm64(): void {
  if (process.arch === 'arm64' || existsSync(join(BINFMT_DIR, 'qemu-aarch64'))) return
  if (!existsSync(join(BINFMT_DIR, 'register'))) run('mount', ['-t', 'binfmt_misc', 'binfmt_misc', BINFMT_DIR])
  if (existsSync(join(BINFMT_DIR, 'qemu-aarch64'))) return
  writeFileSync(join(BINFMT_DIR, 'register'), readFileSync('/usr/lib/binfmt.d/qemu-aarch64.conf', 'utf8').trim())
}

function layerLists(imageDir: string, name: string): Map<string, string[]> {
  const layers = readdirSync(join(imageDir, 'layer')).toSorted()
  return new Map(
    layers
      .filter((layer) => existsSync(join(imageDir, 'layer', layer, name)))
      .map((layer) => [layer, listLines(readFileSync(join(imageDir, 'layer', layer, name), 'utf8'))]),
  )
}

const isUnpacked = (layer: string) => layer.endsWith('-kernel')

/** apt's own preferences: the versions of the list win over newer ones, as long as the archive has them. */
function pins(locked: readonly string[]): string {
  return locked
    .map((each) => each.split('='))
    .map(([name, version]) => `Package: ${name}\nPin: version ${version}\nPin-Priority: 1001\n`)
    .join('\n')
}

/** Makes, or takes from `cacheDir`, the base for the lists in `imageDir`; the same lists give the same base until the cache is removed. The versions of
 * packages.lock are taken as long as the archive has them. */
export function makeBase(imageDir: string, cacheDir: string, config: ImageConfig): Base {
  const lists = layerLists(imageDir, 'packages')
  const lockPath = join(imageDir, 'config', 'packages.lock')
  const locked = existsSync(lockPath) ? listLines(readFileSync(lockPath, 'utf8')) : []
  const key = createHash('sha256')
    .update(JSON.stringify([config.suite, config.kernelSuite, config.components, [...lists]]))
    .digest('hex')
    .slice(0, 16)
  const rootTar = join(cacheDir, `base-${key}.tar`)
  const unpackedDir = join(cacheDir, `unpacked-${key}`)
  const listPath = join(cacheDir, `packages-${key}.txt`)
  const debsDir = join(cacheDir, 'debs')
  mkdirSync(debsDir, { recursive: true })
  const sources = aptSources(config)
  const preferences = join(cacheDir, 'preferences')
  writeFileSync(preferences, pins(locked))

  if (!existsSync(rootTar)) {
    allowArm64()
    const include = [...lists].filter(([layer]) => !isUnpacked(layer)).flatMap(([, names]) => names)
    installBase({ include, suite: config.suite, sources, preferences, debsDir, target: rootTar })
  }
  if (!existsSync(listPath)) {
    const wanted = [...lists].filter(([layer]) => isUnpacked(layer)).flatMap(([, names]) => names)
    const unpacked = unpack({ wanted, sources, preferences, cacheDir, debsDir, target: unpackedDir })
    const installed = run('tar', ['-xOf', rootTar, './var/lib/dpkg/status'])
      .split('\n\n')
      .map((entry) => [/^Package: (.+)$/m.exec(entry)?.[1], /^Version: (.+)$/m.exec(entry)?.[1]])
      .filter(([name]) => name !== undefined)
      .map(([name, version]) => `${name}=${version}`)
    writeFileSync(listPath, `${[...new Set([...installed, ...unpacked])].toSorted().join('\n')}\n`)
  }
  return { rootTar, unpackedDir, sources, packages: listLines(readFileSync(listPath, 'utf8')) }
}

function installBase(parts: {
  include: string[]
  suite: string
  sources: string
  preferences: string
  debsDir: string
  target: string
}): void {
  const { include, suite, sources, preferences, debsDir, target } = parts
  const without = ['man', 'locale', 'doc', 'info', 'lintian', 'bug'].map(
    (dir) => `--dpkgopt=path-exclude=/usr/share/${dir}/*`,
  )
  const args = ['--mode=root', '--architectures=arm64', '--variant=apt', `--include=${include.join(',')}`]
  args.push('--aptopt=Apt::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"')
  args.push('--aptopt=Acquire::Check-Valid-Until "false"', '--dpkgopt=force-unsafe-io', ...without)
  args.push('--dpkgopt=path-include=/usr/share/doc/*/copyright')
  args.push('--skip=download/empty', '--skip=essential/unlink')
  args.push('--setup-hook=mkdir -p "$1"/var/cache/apt/archives "$1"/etc/apt/preferences.d')
  args.push(`--setup-hook=upload ${preferences} /etc/apt/preferences.d/roost`)
  args.push(`--setup-hook=sync-in ${debsDir} /var/cache/apt/archives`)
  args.push(`--customize-hook=sync-out /var/cache/apt/archives ${debsDir}`)
  run('mmdebstrap', [...args, suite, `${target}.new.tar`, '-'], { input: sources })
  renameSync(`${target}.new.tar`, target)
}

/** Downloads the packages and those among their dependencies that belong to the kernel, and unpacks them; no script of theirs is run. */
function unpack(parts: {
  wanted: string[]
  sources: string
  preferences: string
  cacheDir: string
  debsDir: string
  target: string
}): string[] {
  const { wanted, sources, preferences, cacheDir, debsDir, target } = parts
  const aptDir = join(cacheDir, 'apt')
  for (const dir of ['state/lists/partial', 'cache/archives/partial', 'etc'])
    mkdirSync(join(aptDir, dir), { recursive: true })
  writeFileSync(join(aptDir, 'etc/sources.list'), sources)
  writeFileSync(join(aptDir, 'state/status'), '')
  const settings = {
    'Dir::State': join(aptDir, 'state'),
    'Dir::State::status': join(aptDir, 'state/status'),
    'Dir::Cache': join(aptDir, 'cache'),
    'Dir::Etc::sourcelist': join(aptDir, 'etc/sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::preferences': preferences,
    'Dir::Etc::preferencesparts': '/dev/null',
    'APT::Architecture': 'arm64',
    'APT::Architectures': 'arm64',
    'APT::Sandbox::User': 'root',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  run('apt-get', [...options, 'update'])
  const got: string[] = []
  const seen = new Set<string>()
  const queue = wanted.map((line) => line.split(/\s+/) as [string, string?])
  mkdirSync(target, { recursive: true })
  for (let next = queue.shift(); next; next = queue.shift()) {
    const [name, suite] = next
    if (seen.has(name)) continue
    seen.add(name)
    const release = suite ? ['-t', suite] : []
    const [uri] = run('apt-get', [...options, ...release, 'download', '--print-uris', name]).split('\n')
    const file = /^'[^']+' (\S+)/.exec(uri ?? '')?.[1]
    if (!file) throw new Error(`apt knows no package ${name}`)
    run('apt-get', [...options, ...release, 'download', name], { cwd: debsDir })
    const path = join(debsDir, file)
    got.push(`${name}=${run('dpkg-deb', ['-f', path, 'Version']).trim()}`)
    run('dpkg-deb', ['-x', path, target])
    const depends = run('dpkg-deb', ['-f', path, 'Depends']).split(/[,|]/)
    for (const each of depends.map((text) => text.trim().split(' ')[0]!)) {
      if (/^linux-(image|binary|modules|base)-/.test(each)) queue.push(suite === undefined ? [each] : [each, suite])
    }
  }
  return got
}
