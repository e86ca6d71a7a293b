import assert from 'node:assert/strict'
import { test } from 'vitest'
import {
  autobootText,
  bootPartitionOf,
  diskSectors,
  isWebOnly,
  listLines,
  loadOrder,
  MIB_SECTORS,
  partitionTable,
  planPartitions,
} from './image-plan.ts'

const SIZES = { select: 64, boot: 128, root: 640, data: 256 }

test('partitions lie on whole MiB, do not overlap, and the data come last', () => {
  const all = planPartitions(SIZES)
  const filled = all.filter(({ name }) => name !== 'extended')
  for (const { startSectors, sizeSectors } of all) {
    assert.equal(startSectors % MIB_SECTORS, 0)
    assert.equal(sizeSectors % MIB_SECTORS, 0)
  }
  for (const [i, { startSectors }] of filled.entries()) {
    const before = filled[i - 1]
    if (before) assert.ok(startSectors >= before.startSectors + before.sizeSectors)
  }
  assert.equal(filled.at(-1)?.name, 'data')
  const extended = all.find(({ name }) => name === 'extended')!
  for (const { number, startSectors, sizeSectors } of filled.filter((each) => each.number > 4)) {
    // Each logical partition has room for its own table before it, and ends inside the frame.
    assert.ok(startSectors > extended.startSectors, `${number}`)
    assert.ok(startSectors + sizeSectors <= extended.startSectors + extended.sizeSectors)
  }
  assert.ok(diskSectors(all) * 512 <= 2.5e9, 'the card is to hold at most 2.5 GB without data')
})

test('both slots are of one size', () => {
  const sizeOf = (name: string) => planPartitions(SIZES).find((each) => each.name === name)?.sizeSectors
  assert.equal(sizeOf('boot-a'), sizeOf('boot-b'))
  assert.equal(sizeOf('root-a'), sizeOf('root-b'))
})

test('the partition table names every partition and the signature', () => {
  const text = partitionTable(planPartitions(SIZES), '524f4f53')
  assert.match(text, /^label: dos\nlabel-id: 0x524f4f53\n/)
  assert.equal(text.match(/^image[1-7] : start=\d+, size=\d+, type=(c|5|83)$/gm)?.length, 7)
})

test('autoboot.txt is one sector, starts the committed slot, and the other one on trial', () => {
  for (const [slot, own, other] of [
    ['A', 2, 3],
    ['B', 3, 2],
  ] as const) {
    const text = autobootText(slot)
    assert.equal(Buffer.byteLength(text), 512)
    assert.equal(bootPartitionOf(text, false), own)
    assert.equal(bootPartitionOf(text, true), other)
  }
})

test('a file that names no partition gives none', () => {
  assert.equal(bootPartitionOf('', false), null)
  assert.equal(bootPartitionOf('[tryboot]\nboot_partition=3', false), null)
})

test('drivers are loaded after what they need, each once, and what the kernel has built in not at all', () => {
  const modulesDep =
    'kernel/a.ko.xz: kernel/b-c.ko.xz kernel/d.ko.xz\nkernel/b-c.ko.xz: kernel/d.ko.xz\nkernel/d.ko.xz:\n'
  const { order, unknown } = loadOrder(['a', 'b_c', 'inside', 'none'], modulesDep, 'kernel/inside.ko\n')
  assert.deepEqual(order, ['kernel/d.ko.xz', 'kernel/b-c.ko.xz', 'kernel/a.ko.xz'])
  assert.deepEqual(unknown, ['none'])
})

test('lists have comments', () => {
  assert.deepEqual(listLines('# all\none # the first\n\n two\n'), ['one', 'two'])
})

test('packages of the web UI stay out, by name and by scope', () => {
  const patterns = ['preact', '@types/*']
  assert.deepEqual(
    ['preact', 'preact-iso', '@types/ws', 'ws'].map((name) => isWebOnly(name, patterns)),
    [true, false, true, false],
  )
})
