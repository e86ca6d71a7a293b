// Updates for the test, made of the very image that is tested: newer, broken, signed by strangers, for other boards, cut short.
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { type Partition, SECTOR_BYTES } from '../../scripts/image-plan.ts'
import { type Keys, makeBundle, makeKeys, signingKeys } from '../../scripts/image-release.ts'
import { packTree, type Release } from '../../scripts/image-system.ts'

const BLOCK_BYTES = 4 * 1024 * 1024

/** The bytes of a partition as a file. */
export function cutOut(diskPath: string, { startSectors, sizeSectors }: Partition, target: string): void {
  rmSync(target, { force: true })
  const from = openSync(diskPath, 'r')
  const to = openSync(target, 'w')
  const block = Buffer.alloc(BLOCK_BYTES)
  for (let offset = 0; offset < sizeSectors * SECTOR_BYTES; offset += BLOCK_BYTES) {
    const count = readSync(from, block, 0, BLOCK_BYTES, startSectors * SECTOR_BYTES + offset)
    writeSync(to, block, 0, count)
  }
  closeSync(from)
  closeSync(to)
}

export interface Bundles {
  newer: string
  /** Its hub ends at once. */
  broken: string
  stranger: string
  otherBoard: string
  older: string
  truncated: string
}

/** Makes them in `dir`; the versions follow that of the image. */
export function makeBundles(diskPath: string, partitions: readonly Partition[], dir: string): Bundles {
  const at = (name: string) => join(dir, name)
  const partition = (name: Partition['name']) => partitions.find((each) => each.name === name)!
  cutOut(diskPath, partition('boot-a'), at('boot.img'))
  cutOut(diskPath, partition('root-a'), at('root-of-image.img'))
  rmSync(at('tree'), { recursive: true, force: true })
  const unpacked = spawnSync('unsquashfs', ['-q', '-n', '-d', at('tree'), at('root-of-image.img')], {
    encoding: 'utf8',
  })
  if (unpacked.status !== 0) throw new Error(`unsquashfs: ${unpacked.stderr}`)
  rmSync(at('root-of-image.img'))
  const releasePath = at('tree/usr/lib/roost/release.json')
  const release = JSON.parse(readFileSync(releasePath, 'utf8')) as Release
  const [major = 0, minor = 0, patch = 0] = release.version.split('.').map(Number)
  const version = (more: number) => `${major}.${minor}.${patch + more}`
  const epochS = Math.floor(Date.parse(release.built) / 1000)

  const make = (name: string, as: Release, keys: Keys, root: string): string => {
    makeBundle(at(`${name}.raucb`), { root, boot: at('boot.img'), release: as, keys, workDir: dir })
    return at(`${name}.raucb`)
  }
  const system = (as: Release): string => {
    writeFileSync(releasePath, `${JSON.stringify(as)}\n`)
    packTree(at('tree'), at('root.img'), epochS, 1)
    return at('root.img')
  }
  const keys = signingKeys()
  const newer = make('newer', { ...release, version: version(1) }, keys, system({ ...release, version: version(1) }))
  const mainPath = at('tree/usr/lib/roost/hub/hub/main.ts')
  const main = readFileSync(mainPath, 'utf8')
  writeFileSync(mainPath, 'process.exit(1)\n')
  const broken = make('broken', { ...release, version: version(2) }, keys, system({ ...release, version: version(2) }))
  writeFileSync(mainPath, main)

  // What is refused is never unpacked: a few bytes stand for its system.
  writeFileSync(at('small.img'), Buffer.alloc(BLOCK_BYTES, 1))
  makeKeys(at('stranger-keys'))
  const stranger = make(
    'stranger',
    { ...release, version: version(3) },
    signingKeys(at('stranger-keys')),
    at('small.img'),
  )
  const otherBoard = make(
    'other-board',
    { ...release, version: version(3), compatible: 'other-board' },
    keys,
    at('small.img'),
  )
  const older = make('older', { ...release, version: `${major}.${minor}.${patch}-1` }, keys, at('small.img'))
  const truncated = at('truncated.raucb')
  copyFileSync(otherBoard, truncated)
  truncateSync(truncated, readFileSync(otherBoard).length - 5_000)
  rmSync(at('tree'), { recursive: true, force: true })
  return { newer, broken, stranger, otherBoard, older, truncated }
}
