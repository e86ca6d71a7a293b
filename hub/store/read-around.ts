// A card that goes bad does not always give wrong bytes: it may give none (EIO). What lies around such a place is read all the same.
import type { DiskFile } from '../core/disk.ts'

/** No smaller piece is tried: a sector of a card. */
const SECTOR_BYTES = 512
/** After so many sectors that cannot be read the card is given up: each may take it a second to say so. */
const BAD_SECTORS_MAX = 64
/** Stands for what cannot be read. Not zero: zeros mean something in an index and behind a log. */
const FILLER = 0xff

/**
 * The same as `file.read`, with 0xff where a sector cannot be read; its place is told, as offset in the file. Throws what the disk throws
 * when that is not EIO, or when too much is bad.
 */
export async function readAround(
  file: DiskFile,
  offsetBytes: number,
  lengthBytes: number,
  bad: (offsetBytes: number, reason: string) => void,
): Promise<Buffer> {
  let badSectors = 0
  async function read(from: number, length: number): Promise<Uint8Array> {
    try {
      return await file.read(from, length)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EIO' || badSectors >= BAD_SECTORS_MAX) throw error
      if (length <= SECTOR_BYTES) {
        badSectors++
        bad(from, 'read')
        return new Uint8Array(length).fill(FILLER)
      }
      // At a sector's border, so that only what is really bad is left out.
      const middle = Math.max(from + 1, Math.ceil((from + length / 2) / SECTOR_BYTES) * SECTOR_BYTES)
      const half = Math.min(middle - from, length - 1)
      return Buffer.concat([await read(from, half), await read(from + half, length - half)])
    }
  }
  const bytes = await read(offsetBytes, lengthBytes)
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
