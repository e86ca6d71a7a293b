// A ZIP archive as a stream (APPNOTE 6.3.10): each file deflated as it comes, its sizes behind it, the directory at the end.
import { pipeline, Readable } from 'node:stream'
import { crc32, createDeflateRaw } from 'node:zlib'

export interface ZipFile {
  /** ASCII, with `/`. */
  path: string
  /** Text, in pieces. */
  content: AsyncIterable<string> | Iterable<string>
}

const VERSION = 20
/** Sizes and checksum stand behind the data, names are UTF-8. */
const FLAGS = 0x0808
const DEFLATED = 8
/** 1980-01-01: the same content gives the same bytes. */
const DOS_DATE = 0x0021
/** The format without its extension for large archives. */
const SIZE_MAX_BYTES = 0xffff_ffff

interface Written {
  name: Buffer
  crc: number
  packedBytes: number
  bytes: number
  offsetBytes: number
}

const common = ({ crc, packedBytes, bytes }: Pick<Written, 'crc' | 'packedBytes' | 'bytes'>) => {
  const fields = Buffer.alloc(12)
  fields.writeUInt32LE(crc, 0)
  fields.writeUInt32LE(packedBytes, 4)
  fields.writeUInt32LE(bytes, 8)
  return fields
}

/** What the header of a file and its line in the directory share up to its sizes. */
function head(signature: number, isLine: boolean): Buffer {
  const fields = Buffer.alloc(isLine ? 16 : 14)
  fields.writeUInt32LE(signature, 0)
  let at = 4
  for (const value of isLine ? [VERSION, VERSION] : [VERSION]) at = fields.writeUInt16LE(value, at)
  for (const value of [FLAGS, DEFLATED, 0, DOS_DATE]) at = fields.writeUInt16LE(value, at)
  return fields
}

const shorts = (...values: number[]) => {
  const bytes = Buffer.alloc(2 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt16LE(value, 2 * i)
  return bytes
}
const longs = (...values: number[]) => {
  const bytes = Buffer.alloc(4 * values.length)
  for (const [i, value] of values.entries()) bytes.writeUInt32LE(value, 4 * i)
  return bytes
}

/** The bytes of an archive of `files`, in order. Throws what `content` throws, and a RangeError beyond 4 GB. */
export async function* zipStream(files: Iterable<ZipFile>): AsyncGenerator<Uint8Array> {
  const written: Written[] = []
  let offsetBytes = 0
  for (const { path, content } of files) {
    const file: Written = { name: Buffer.from(path), crc: 0, packedBytes: 0, bytes: 0, offsetBytes }
    const first = Buffer.concat([
      head(0x04034b50, false),
      common({ crc: 0, packedBytes: 0, bytes: 0 }),
      shorts(file.name.length, 0),
      file.name,
    ])
    yield first
    async function* counted() {
      for await (const text of content) {
        const bytes = Buffer.from(text)
        file.crc = crc32(bytes, file.crc)
        file.bytes += bytes.length
        yield bytes
      }
    }
    const deflate = createDeflateRaw()
    pipeline(Readable.from(counted(), { objectMode: false }), deflate, () => {}) // an error comes out of the loop below
    for await (const bytes of deflate as AsyncIterable<Buffer>) {
      file.packedBytes += bytes.length
      yield bytes
    }
    yield Buffer.concat([longs(0x08074b50), common(file)])
    offsetBytes += first.length + file.packedBytes + 16
    if (Math.max(offsetBytes, file.bytes) > SIZE_MAX_BYTES) throw new RangeError(`${path} makes the archive too large`)
    written.push(file)
  }
  const lines = written.map((file) =>
    Buffer.concat([
      head(0x02014b50, true),
      common(file),
      shorts(file.name.length, 0, 0, 0, 0),
      longs(0, file.offsetBytes),
      file.name,
    ]),
  )
  const directory = Buffer.concat(lines)
  yield directory
  yield Buffer.concat([
    longs(0x06054b50),
    shorts(0, 0, written.length, written.length),
    longs(directory.length, offsetBytes),
    shorts(0),
  ])
}
