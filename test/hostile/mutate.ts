// Spoils valid bytes, by seed.

/** A copy of `bytes` with one to four faults: flipped bits, cut, grown, doubled, overwritten with values that are edges somewhere. */
export function mutate(bytes: Uint8Array, random: () => number): Buffer {
  let spoiled = Buffer.from(bytes)
  const below = (end: number) => Math.floor(random() * end)
  for (let faults = 1 + below(4); faults > 0; faults--) {
    const at = below(spoiled.length + 1)
    const length = 1 + below(8)
    switch (below(6)) {
      case 0:
        if (at < spoiled.length) spoiled[at] = spoiled[at]! ^ (1 << below(8))
        break
      case 1:
        spoiled = spoiled.subarray(0, at)
        break
      case 2:
        spoiled = Buffer.concat([spoiled.subarray(0, at), spoiled.subarray(at + length)])
        break
      case 3:
        spoiled = Buffer.concat([spoiled.subarray(0, at), randomBytes(length), spoiled.subarray(at)])
        break
      case 4:
        spoiled = Buffer.concat([spoiled, spoiled.subarray(at, at + length)])
        break
      default:
        if (at < spoiled.length) spoiled[at] = EDGES[below(EDGES.length)]!
    }
  }
  return spoiled

  function randomBytes(count: number) {
    return Buffer.from(Array.from({ length: count }, () => below(256)))
  }
}

/** Lengths, flags, CBOR heads and UTF-8 leads. */
const EDGES = [
  0x00, 0x01, 0x7f, 0x80, 0xff, 0xfe, 0x18, 0x1b, 0x3b, 0x5f, 0x9f, 0xbf, 0xc0, 0xed, 0xf4, 0xf9, 0xfb, 0x23, 0x2b,
]
