// What the image is made of, as numbers and texts: partitions, their table, the file that the firmware reads, the update's manifest. Pure.

export interface ImageConfig {
  /** Which boxes an update is for; another word is refused. */
  compatible: string
  suite: string
  kernelSuite: string
  components: readonly string[]
  /** Eight hexadecimal digits in the partition table, by which the first process knows the card. */
  diskSignature: string
  hubUser: { name: string; uid: number }
  sizesMiB: { select: number; boot: number; root: number; data: number }
  /** npm packages that only the web UI's build or types need: names, or @scope/*. */
  webOnlyPackages: readonly string[]
}

export const SECTOR_BYTES = 512
export const MIB_SECTORS = (1024 * 1024) / SECTOR_BYTES

export interface Partition {
  number: number
  name: 'select' | 'boot-a' | 'boot-b' | 'extended' | 'root-a' | 'root-b' | 'data'
  /** As in a partition table: c FAT32, 5 extended, 83 Linux. */
  type: 'c' | '5' | '83'
  startSectors: number
  sizeSectors: number
}

/**
 * Three FAT partitions that the firmware reads, and in an extended one the two systems and the data, which come last so that they can grow.
 * Each starts on a whole MiB; a logical partition has the MiB before it for its own table.
 */
export function planPartitions(sizesMiB: ImageConfig['sizesMiB']): Partition[] {
  const { select, boot, root, data } = sizesMiB
  let atMiB = 1
  const partition = (
    number: number,
    name: Partition['name'],
    type: Partition['type'],
    sizeMiB: number,
    tableMiB = 0,
  ) => {
    atMiB += tableMiB
    const made = { number, name, type, startSectors: atMiB * MIB_SECTORS, sizeSectors: sizeMiB * MIB_SECTORS }
    atMiB += sizeMiB
    return made
  }
  const firmware = [
    partition(1, 'select', 'c', select),
    partition(2, 'boot-a', 'c', boot),
    partition(3, 'boot-b', 'c', boot),
  ]
  const extendedMiB = atMiB
  const logical = [
    partition(5, 'root-a', '83', root, 1),
    partition(6, 'root-b', '83', root, 1),
    partition(7, 'data', '83', data, 1),
  ]
  const extended: Partition = {
    number: 4,
    name: 'extended',
    type: '5',
    startSectors: extendedMiB * MIB_SECTORS,
    sizeSectors: (atMiB - extendedMiB) * MIB_SECTORS,
  }
  return [...firmware, extended, ...logical]
}

/** Sectors of the whole image: to the end of its last partition, and what growth leaves free anyway. */
export const diskSectors = (partitions: readonly Partition[]): number =>
  Math.max(...partitions.map(({ startSectors, sizeSectors }) => startSectors + sizeSectors)) + 4 * MIB_SECTORS

/** What sfdisk reads. */
export function partitionTable(partitions: readonly Partition[], signature: string): string {
  const rows = partitions.map(
    ({ number, type, startSectors, sizeSectors }) =>
      `image${number} : start=${startSectors}, size=${sizeSectors}, type=${type}`,
  )
  return ['label: dos', `label-id: 0x${signature}`, 'unit: sectors', '', ...rows, ''].join('\n')
}

export type Slot = 'A' | 'B'
const BOOT_PARTITION = { A: 2, B: 3 } as const

/** autoboot.txt: exactly one sector, so that it can be overwritten in place and is old or new after a power cut. */
export function autobootText(committed: Slot): string {
  const trial = committed === 'A' ? 'B' : 'A'
  const text = `[all]\ntryboot_a_b=1\nboot_partition=${BOOT_PARTITION[committed]}\n[tryboot]\nboot_partition=${BOOT_PARTITION[trial]}`
  return `${text.padEnd(SECTOR_BYTES - 1)}\n`
}

/**
 * The boot partition that the Pi's firmware takes: the last `boot_partition` of the sections that hold, of which [tryboot] does only when
 * that was asked for. Null when the file names none.
 */
export function bootPartitionOf(autoboot: string, isTryboot: boolean): number | null {
  let isHeld = true
  let partition: number | null = null
  for (const line of autoboot.split('\n').map((each) => each.trim())) {
    const section = /^\[(.+)\]$/.exec(line)?.[1]
    if (section !== undefined) isHeld = section === 'all' || (section === 'tryboot' && isTryboot)
    const value = /^boot_partition=(\d+)$/.exec(line)?.[1]
    if (isHeld && value !== undefined) partition = Number(value)
  }
  return partition
}

/** manifest.raucm of an update. */
export function updateManifest(compatible: string, version: string, build: string): string {
  return `[update]
compatible=${compatible}
version=${version}
build=${build}

[bundle]
format=verity

[image.rootfs]
filename=root.img

[image.boot]
filename=boot.img
`
}

/** Lines of a list: without comments and empty ones. */
export const listLines = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')

/** Whether a package is only for the web UI. */
export const isWebOnly = (name: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => (pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern))

/** Modules in the order in which they are to be loaded, each after what it needs. `dependencies`: modules.dep; BAD when one is unknown and not built in. */
export function loadOrder(
  wanted: readonly string[],
  modulesDep: string,
  builtIn: string,
): { order: string[]; unknown: string[] } {
  const nameOf = (path: string) =>
    path
      .replace(/^.*\//, '')
      .replace(/\.ko(\.\w+)?$/, '')
      .replaceAll('-', '_')
  const needs = new Map<string, string[]>()
  const pathOf = new Map<string, string>()
  for (const line of modulesDep.split('\n').filter(Boolean)) {
    const [path = '', after = ''] = line.split(':')
    pathOf.set(nameOf(path), path)
    needs.set(path, after.trim().split(/\s+/).filter(Boolean))
  }
  const inKernel = new Set(builtIn.split('\n').filter(Boolean).map(nameOf))
  const order: string[] = []
  const unknown: string[] = []
  const add = (path: string) => {
    if (order.includes(path)) return
    for (const before of needs.get(path) ?? []) add(before)
    if (!order.includes(path)) order.push(path)
  }
  for (const name of wanted.map(nameOf)) {
    const path = pathOf.get(name)
    if (path) add(path)
    else if (!inKernel.has(name)) unknown.push(name)
  }
  return { order, unknown }
}
