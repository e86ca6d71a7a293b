// A text as a QR code (ISO/IEC 18004): bytes, error correction level M, up to version 12 (287 bytes). Pure; the picture is made elsewhere.

/** By version from 1: error correction codewords in each block, and how many blocks. */
const EC_CODEWORDS = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26, 30, 22]
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5, 5, 8]
const VERSION_MAX = EC_CODEWORDS.length

/** Dark modules by row; the quiet zone of four modules around it is the picture's. */
export type QrModules = readonly (readonly boolean[])[]

/** The code of a text; null when it is too long. */
export function qrOf(text: string): QrModules | null {
  const bytes = new TextEncoder().encode(text)
  for (let version = 1; version <= VERSION_MAX; version++) {
    if (bytes.length <= capacityOf(version)) return draw(version, interleave(version, dataOf(version, bytes)))
  }
  return null
}

const sizeOf = (version: number) => 17 + 4 * version
const countBits = (version: number) => (version < 10 ? 8 : 16)
const codewordsOf = (version: number) => {
  const patterns = Math.floor(version / 7) + 2
  let modules = (16 * version + 128) * version + 64
  if (version > 1) modules -= (25 * patterns - 10) * patterns - 55
  if (version > 6) modules -= 36
  return modules >> 3
}
const dataCodewordsOf = (version: number) => codewordsOf(version) - EC_CODEWORDS[version - 1]! * BLOCKS[version - 1]!
const capacityOf = (version: number) => dataCodewordsOf(version) - Math.ceil((4 + countBits(version)) / 8)

/** Mode, length, bytes, end and padding. */
function dataOf(version: number, bytes: Uint8Array): Uint8Array {
  const bits: number[] = []
  const put = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i--) bits.push((value >> i) & 1)
  }
  put(0b0100, 4)
  put(bytes.length, countBits(version))
  for (const byte of bytes) put(byte, 8)
  const data = new Uint8Array(dataCodewordsOf(version))
  put(0, Math.min(4, data.length * 8 - bits.length))
  for (const [i, bit] of bits.entries()) data[i >> 3]! |= bit << (7 - (i & 7))
  let pad = 0xec
  for (let i = Math.ceil(bits.length / 8); i < data.length; i++) {
    data[i] = pad
    pad ^= 0xec ^ 0x11
  }
  return data
}

/** Splits into blocks, adds the correction to each, and mixes them: a spot of dirt then hurts each a little. */
function interleave(version: number, data: Uint8Array): Uint8Array {
  const count = BLOCKS[version - 1]!
  const ecLength = EC_CODEWORDS[version - 1]!
  const short = Math.floor(data.length / count)
  const longs = data.length % count
  const divisor = divisorOf(ecLength)
  const blocks: Uint8Array[] = []
  for (let i = 0, at = 0; i < count; i++) {
    const length = short + (i >= count - longs ? 1 : 0)
    blocks.push(data.subarray(at, at + length))
    at += length
  }
  const corrections = blocks.map((block) => remainderOf(block, divisor))
  const mixed: number[] = []
  for (let i = 0; i <= short; i++) for (const block of blocks) if (i < block.length) mixed.push(block[i]!)
  for (let i = 0; i < ecLength; i++) for (const correction of corrections) mixed.push(correction[i]!)
  return Uint8Array.from(mixed)
}

/** In GF(2⁸) modulo x⁸ + x⁴ + x³ + x² + 1. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let i = 7; i >= 0; i--) {
    product = (product << 1) ^ ((product >> 7) * 0x11d)
    if ((b >> i) & 1) product ^= a
  }
  return product
}

/** The coefficients of (x − 1)(x − 2)(x − 4)… without the first, which is 1. */
function divisorOf(degree: number): Uint8Array {
  const result = new Uint8Array(degree)
  result[degree - 1] = 1
  for (let i = 0, root = 1; i < degree; i++) {
    for (let j = 0; j < degree; j++) {
      result[j] = multiply(result[j]!, root) ^ (j + 1 < degree ? result[j + 1]! : 0)
    }
    root = multiply(root, 2)
  }
  return result
}

function remainderOf(data: Uint8Array, divisor: Uint8Array): Uint8Array {
  const result = new Uint8Array(divisor.length)
  for (const byte of data) {
    const factor = byte ^ result[0]!
    result.copyWithin(0, 1)
    result[result.length - 1] = 0
    for (let i = 0; i < result.length; i++) result[i]! ^= multiply(divisor[i]!, factor)
  }
  return result
}

const MASKS: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

/** The matrix under the mask that a camera reads best. */
function draw(version: number, codewords: Uint8Array): QrModules {
  let best: boolean[][] = []
  let least = Number.POSITIVE_INFINITY
  for (let mask = 0; mask < MASKS.length; mask++) {
    const modules = drawMasked(version, codewords, mask)
    const penalty = penaltyOf(modules)
    if (penalty >= least) continue
    least = penalty
    best = modules
  }
  return best
}

function drawMasked(version: number, codewords: Uint8Array, mask: number): boolean[][] {
  const size = sizeOf(version)
  const modules = Array.from({ length: size }, () => new Array<boolean>(size).fill(false))
  const isTaken = Array.from({ length: size }, () => new Array<boolean>(size).fill(false))
  const set = (x: number, y: number, isDark: boolean) => {
    if (x < 0 || y < 0 || x >= size || y >= size) return
    modules[y]![x] = isDark
    isTaken[y]![x] = true
  }
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0)
    set(i, 6, i % 2 === 0)
  }
  const square = (x: number, y: number, radius: number, isLight: (distance: number) => boolean) => {
    for (let dy = -radius; dy <= radius; dy++)
      for (let dx = -radius; dx <= radius; dx++) set(x + dx, y + dy, !isLight(Math.max(Math.abs(dx), Math.abs(dy))))
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    square(x, y, 4, (distance) => distance === 2 || distance === 4)
  const spots = alignmentsOf(version)
  for (const x of spots) {
    for (const y of spots) {
      const isCorner = (x === 6 && y === 6) || (x === 6 && y === size - 7) || (x === size - 7 && y === 6)
      if (!isCorner) square(x, y, 2, (distance) => distance === 1)
    }
  }
  // Level M is 00.
  const format = ((mask << 10) | bchOf(mask, 0x537, 10)) ^ 0x5412
  const formatBit = (i: number) => ((format >> i) & 1) === 1
  for (let i = 0; i < 15; i++) {
    const near = i < 6 ? i : i < 8 ? i + 1 : i
    if (i < 8) set(8, near, formatBit(i))
    else set(i === 8 ? 7 : 14 - i, 8, formatBit(i))
    if (i < 8) set(size - 1 - i, 8, formatBit(i))
    else set(8, size - 15 + i, formatBit(i))
  }
  set(8, size - 8, true)
  if (version > 6) {
    const bits = (version << 12) | bchOf(version, 0x1f25, 12)
    for (let i = 0; i < 18; i++) {
      const [a, b] = [size - 11 + (i % 3), Math.floor(i / 3)]
      set(a, b, ((bits >> i) & 1) === 1)
      set(b, a, ((bits >> i) & 1) === 1)
    }
  }
  // The rest in two columns at a time, from the right, up and down in turn; the column of the timing is left out.
  let at = 0
  for (let right = size - 1; right > 0; right -= 2) {
    if (right === 6) right = 5
    for (let step = 0; step < size; step++) {
      const y = ((right + 1) & 2) === 0 ? size - 1 - step : step
      for (const x of [right, right - 1]) {
        if (isTaken[y]![x]) continue
        const isDark = at < codewords.length * 8 && ((codewords[at >> 3]! >> (7 - (at & 7))) & 1) === 1
        modules[y]![x] = isDark !== MASKS[mask]!(x, y)
        at++
      }
    }
  }
  return modules
}

function alignmentsOf(version: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2
  const spots = Array.from({ length: count - 1 }, (_, i) => sizeOf(version) - 7 - i * step)
  return [6, ...spots.reverse()]
}

/** The remainder of a value as a polynomial over GF(2). */
function bchOf(value: number, divisor: number, degree: number): number {
  let rest = value << degree
  for (let i = 31 - Math.clz32(rest); i >= degree; i = 31 - Math.clz32(rest)) rest ^= divisor << (i - degree)
  return rest
}

/** How badly a camera would read it (§7.8.3): runs, blocks, shapes like the corners, too much of one colour. */
function penaltyOf(modules: readonly (readonly boolean[])[]): number {
  const size = modules.length
  const at = (x: number, y: number) => modules[y]![x]!
  let penalty = 0
  let dark = 0
  const corner = /1011101/g
  for (const isRow of [true, false]) {
    for (let i = 0; i < size; i++) {
      let line = ''
      for (let j = 0; j < size; j++) line += (isRow ? at(j, i) : at(i, j)) ? '1' : '0'
      for (const run of line.match(/0{5,}|1{5,}/g) ?? []) penalty += run.length - 2
      const wide = `0000${line}0000`
      corner.lastIndex = 0
      for (let match = corner.exec(wide); match; match = corner.exec(wide)) {
        const { index } = match
        if (wide.slice(index - 4, index) === '0000' || wide.slice(index + 7, index + 11) === '0000') penalty += 40
        corner.lastIndex = index + 1
      }
    }
  }
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      if (at(x, y)) dark++
      if (x === 0 || y === 0) continue
      if (at(x, y) === at(x - 1, y) && at(x, y) === at(x, y - 1) && at(x, y) === at(x - 1, y - 1)) penalty += 3
    }
  }
  return penalty + Math.floor(Math.abs((dark * 20) / (size * size) - 10)) * 10
}
