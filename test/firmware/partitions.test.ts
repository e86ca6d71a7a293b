// The partition tables of the firmware: what lies where in flash (R-OTA-04).
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const app = fileURLToPath(new URL('../../firmware/app', import.meta.url))
const TABLE_OFFSET = 0x10000
const TABLE_BYTES = 0x1000
const KIB = 1024

const readTable = (name: string) =>
  readFileSync(join(app, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [label, type, subtype, offset, size, flags] = line.split(',').map((cell) => cell.trim())
      return {
        label: label!,
        type: type!,
        subtype: subtype!,
        offset: Number(offset),
        size: Number(size),
        flags: flags!,
      }
    })

describe.each([
  ['partitions_8mb.csv', 8192 * KIB, 3584 * KIB],
  ['partitions_4mb.csv', 4096 * KIB, 1792 * KIB],
])('%s', (name, flashBytes, slotBytes) => {
  const parts = readTable(name)
  const part = (label: string) => parts.find((each) => each.label === label)!

  test('nothing overlaps, everything fits, and the whole of the flash is named', () => {
    let end = TABLE_OFFSET + TABLE_BYTES
    for (const { label, offset, size, type } of parts) {
      expect([label, offset % (type === 'app' ? 64 * KIB : 4 * KIB)]).toEqual([label, 0])
      expect([label, offset >= end]).toEqual([label, true])
      end = offset + size
    }
    expect(end).toBe(flashBytes)
  })

  test('two slots of the same size, protected NVS of 64 KB with its keys, a core dump of 64 KB', () => {
    expect([part('ota_0').size, part('ota_1').size]).toEqual([slotBytes, slotBytes])
    expect([part('nvs').size, part('coredump').size]).toEqual([64 * KIB, 64 * KIB])
    expect([part('nvs_keys').flags, part('coredump').flags]).toEqual(['encrypted', 'encrypted'])
    // Erased flash must be recognisable in the queue, so it is not encrypted (firmware/DESIGN.md).
    expect([part('queue').flags, part('queue').size >= 256 * KIB]).toEqual(['', true])
  })
})
