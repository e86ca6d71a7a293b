// The firmware's documents against its sources: pins, options, partitions. What is read by hand must not say something else than what is built.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** The rows of the table whose first heading is `heading`. */
function tableOf(text: string, heading: string): string[][] {
  const lines = text.split('\n')
  const at = lines.findIndex((line) => line.startsWith(`| ${heading} |`))
  expect(at, heading).toBeGreaterThan(0)
  const rows = lines.slice(at + 2)
  return rows
    .slice(
      0,
      rows.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

test('every pin of the map stands in the wiring guide, and no other', () => {
  const map = read('firmware/port/esp32/gpio_map.h')
  const pinsOf = (name: string) => {
    const body = map.slice(map.indexOf(`#define ${name}`)).split(/\n(?!\s*X\()/)[0]!
    return new Map([...body.matchAll(/X\((\w+), (\d+)\)/g)].map(([, pin, gpio]) => [pin!, gpio!]))
  }
  const [s3, c3] = [pinsOf('ROOST_GPIO_ESP32S3'), pinsOf('ROOST_GPIO_ESP32C3')]
  const rows = tableOf(read('docs/node-wiring.md'), 'what').map(([pin, , ...gpios]) => [pin, ...gpios])
  expect(s3.size).toBeGreaterThan(20)
  expect(rows).toEqual([...s3.keys()].map((pin) => [pin, s3.get(pin), c3.get(pin) ?? '–']))
})

test('every option of Kconfig is in the table with its presets, and every one that the code asks for exists', () => {
  const kconfig = read('firmware/app/main/Kconfig.projbuild')
  const profiles = ['MINIMAL', 'BALANCED', 'FULL']
  const presetOf = (block: string, profile: string) => {
    const lines = [...block.matchAll(/^\s+default (\S+)(?: if ROOST_PROFILE_(\w+))?$/gm)]
    return lines.find(([, , of]) => of === undefined || of === profile)?.[1]
  }
  const blocks = kconfig.split(/^config /m).slice(1)
  const options = blocks.filter((block) => !/^ROOST_(PROFILE|WINDOW_)/.test(block))
  const wanted = options.map((block) => [block.split('\n')[0], ...profiles.map((profile) => presetOf(block, profile))])
  const rows = tableOf(read('firmware/app/README.md'), 'option').map((row) => row.slice(0, 4))
  expect(rows).toEqual(wanted)

  const names = new Set(blocks.map((block) => block.split('\n')[0]))
  for (const dir of ['firmware/app/main', 'firmware/port/esp32']) {
    for (const file of readdirSync(join(root, dir)).filter((name) => /\.[ch]$/.test(name))) {
      for (const [, name] of read(join(dir, file)).matchAll(/CONFIG_(ROOST_\w+)/g)) expect(names, file).toContain(name)
    }
  }
})

test('the partitions of both chips are in the table with their sizes', () => {
  const sizesOf = (file: string) =>
    read(`firmware/app/${file}`)
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(',').map((cell) => cell.trim()))
      .map(([name, , , , size]) => [name!, `${Number(size) / 1024} KB`] as const)
  const c3 = new Map(sizesOf('partitions_4mb.csv'))
  const rows = tableOf(read('firmware/app/README.md'), 'partition').map((row) => row.slice(0, 3))
  expect(rows).toEqual(sizesOf('partitions_8mb.csv').map(([name, size]) => [name, size, c3.get(name)]))
})
