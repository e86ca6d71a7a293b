import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { type QrModules, qrOf } from './qr.ts'

const shown = (modules: QrModules) => modules.map((row) => row.map((isDark) => (isDark ? '#' : '.')).join(''))
const sha256 = (modules: QrModules | null) =>
  createHash('sha256')
    .update(modules!.map((row) => row.map(Number).join('')).join('\n'))
    .digest('hex')

test('a code is module for module what qrencode makes, and what zbarimg read', () => {
  expect(shown(qrOf('roost')!)).toEqual([
    '#######..#....#######',
    '#.....#...###.#.....#',
    '#.###.#.###.#.#.###.#',
    '#.###.#.###...#.###.#',
    '#.###.#.#.#.#.#.###.#',
    '#.....#.####..#.....#',
    '#######.#.#.#.#######',
    '........#.#..........',
    '#.#####...##..#####..',
    '.##....#.#.####..#..#',
    '###..####.#.#.##.#.#.',
    '##..##...#.####..##.#',
    '###.#.####..#..#.....',
    '........#...#..#.#.##',
    '#######....#.#..##.#.',
    '#.....#.#.#....#####.',
    '#.###.#.##.#.#..##.#.',
    '#.###.#.#..#####..#..',
    '#.###.#.#.#.#.##.#...',
    '#.....#..#.#####.##..',
    '#######.#...#....#.#.',
  ])
  const enrolment = `roost-enrol:1?code=7KQ2-M8ZD&port=8443&ca=${'0123456789abcdef'.repeat(4)}`
  expect(sha256(qrOf(enrolment))).toBe('61407b5337fc5e73eff2700e5185b3fa974c0923962e6292e4e7f8df57dcd04b')
  expect(sha256(qrOf('a'.repeat(40)))).toBe('e8b9d4fa59e7fe9cb74c92362c8c58a50906708c41d4ba9169982c1f0e310d3d')
})

test('every length up to the largest has a code, and a longer one none', () => {
  for (let length = 0; length <= 287; length += 7) expect((qrOf('x'.repeat(length))!.length - 17) % 4).toBe(0)
  expect(qrOf('x'.repeat(288))).toBeNull()
})
