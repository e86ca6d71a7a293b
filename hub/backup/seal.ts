// The sealed file around a backup: a key from a passphrase, and chunks that can be neither read, changed, swapped nor cut off without
// it. FORMAT.md shows the bytes. Nothing is read or written here.
import { createCipheriv, createDecipheriv, hkdfSync, scrypt } from 'node:crypto'
import { promisify } from 'node:util'
import { RoostError } from '../core/errors.ts'

const MAGIC = Buffer.from('ROOSTBAK')
const VERSION = 1
export const HEADER_BYTES = 60
const SALT_BYTES = 16
const FILE_SALT_BYTES = 32
/** Plain bytes in every chunk but the last. */
export const CHUNK_BYTES = 64 * 1024
const TAG_BYTES = 16
const CIPHER = 'aes-256-gcm'
const PASSPHRASE_MIN_CHARACTERS = 12
const PASSPHRASE_MAX_BYTES = 512

/** What the key costs: 2^logN × r × 128 bytes of memory, p times. */
export interface KeyCost {
  logN: number
  r: number
  p: number
}
/** 32 MB three times (OWASP): half a second on a Raspberry Pi 4. */
export const KEY_COST: KeyCost = { logN: 15, r: 8, p: 3 }
/** What a foreign file may make us spend. */
const COST_MAX: KeyCost = { logN: 17, r: 16, p: 8 }

/** The key that a passphrase gives with a salt; kept by a hub that makes backups at night, so that the passphrase need not be. */
export interface MasterKey extends KeyCost {
  salt: Uint8Array
  key: Uint8Array
}

export type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>
const derive = promisify(
  scrypt as (
    password: string,
    salt: Uint8Array,
    length: number,
    options: { N: number; r: number; p: number; maxmem: number },
    done: (error: Error | null, key: Buffer) => void,
  ) => void,
)

/** The passphrase as it counts. BAD_REQUEST when it is too short or too long to be one for a new backup. */
export function checkPassphrase(text: string): string {
  const passphrase = text.normalize('NFC')
  if ([...passphrase].length < PASSPHRASE_MIN_CHARACTERS || Buffer.byteLength(passphrase) > PASSPHRASE_MAX_BYTES) {
    throw new RoostError('BAD_REQUEST', `a passphrase has ${PASSPHRASE_MIN_CHARACTERS} characters at least`)
  }
  return passphrase
}

/** The key of a passphrase; takes memory and time by its cost, beside the event loop. */
export async function masterKey(passphrase: string, salt: Uint8Array, cost: KeyCost = KEY_COST): Promise<MasterKey> {
  const { logN, r, p } = cost
  const maxmem = 2 ** logN * r * 128 * 2
  const key = await derive(passphrase.normalize('NFC'), salt, 32, { N: 2 ** logN, r, p, maxmem })
  return { logN, r, p, salt, key }
}

/** The header of a file under this key; `fileSalt`: 32 random bytes, never the same twice. */
export function encodeHeader({ logN, r, p, salt }: MasterKey, fileSalt: Uint8Array): Uint8Array {
  return Buffer.concat([MAGIC, Buffer.of(VERSION, logN, r, p), salt, fileSalt])
}

export type Header = { ok: true; cost: KeyCost; salt: Uint8Array; fileSalt: Uint8Array } | { ok: false; reason: string }

/** Reads a header; never throws. */
export function decodeHeader(bytes: Uint8Array): Header {
  if (bytes.length < HEADER_BYTES || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) {
    return { ok: false, reason: 'it is no backup of Roost' }
  }
  const [version, logN, r, p] = bytes.subarray(MAGIC.length, MAGIC.length + 4) as unknown as number[]
  if (version !== VERSION) return { ok: false, reason: `its version ${version} is not ${VERSION}` }
  const cost = { logN: logN!, r: r!, p: p! }
  const isPayable = cost.logN >= 10 && cost.logN <= COST_MAX.logN && r! >= 1 && p! >= 1
  if (!isPayable || r! > COST_MAX.r || p! > COST_MAX.p) return { ok: false, reason: 'its key costs too much to try' }
  const at = MAGIC.length + 4
  return {
    ok: true,
    cost,
    salt: bytes.slice(at, at + SALT_BYTES),
    fileSalt: bytes.slice(at + SALT_BYTES, at + SALT_BYTES + FILE_SALT_BYTES),
  }
}

const fileKey = (key: Uint8Array, fileSalt: Uint8Array) =>
  Buffer.from(hkdfSync('sha256', key, fileSalt, 'roost backup 1', 32))

/** 11 bytes of count, and whether the file ends here: a chunk fits in one place only. */
function nonceOf(index: number, isLast: boolean): Buffer {
  const nonce = Buffer.alloc(12)
  nonce.writeUIntBE(index, 5, 6)
  nonce[11] = isLast ? 1 : 0
  return nonce
}

/** The sealed file around `plain`, piece by piece. */
export async function* seal(master: MasterKey, fileSalt: Uint8Array, plain: Bytes): AsyncGenerator<Uint8Array> {
  const header = encodeHeader(master, fileSalt)
  const key = fileKey(master.key, fileSalt)
  yield header
  let index = 0
  for await (const { bytes, isLast } of inPieces(plain, CHUNK_BYTES)) {
    const cipher = createCipheriv(CIPHER, key, nonceOf(index++, isLast)).setAAD(header)
    yield Buffer.concat([cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
  }
}

/**
 * What a sealed file holds, piece by piece. Each piece is proved before it is given; that nothing is missing is known when it ends.
 * BACKUP_UNUSABLE with the reason.
 */
export async function* unseal(
  sealed: Bytes,
  keyOf: (header: Extract<Header, { ok: true }>) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const reader = createReader(sealed)
  const head = await reader.upTo(HEADER_BYTES)
  const header = decodeHeader(head)
  if (!header.ok) throw new RoostError('BACKUP_UNUSABLE', `the backup cannot be used: ${header.reason}`)
  const key = fileKey(await keyOf(header), header.fileSalt)
  let index = 0
  for await (const { bytes, isLast } of inPieces(reader.rest(), CHUNK_BYTES + TAG_BYTES)) {
    const plain = openChunk(key, nonceOf(index, isLast), head, bytes)
    if (!plain) {
      const why = index === 0 ? 'the passphrase is wrong, or the file is damaged' : `it is damaged in chunk ${index}`
      throw new RoostError('BACKUP_UNUSABLE', `the backup cannot be used: ${why}`)
    }
    index++
    yield plain
  }
}

function openChunk(key: Uint8Array, nonce: Uint8Array, header: Uint8Array, chunk: Uint8Array): Uint8Array | null {
  if (chunk.length < TAG_BYTES) return null
  const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(header)
  decipher.setAuthTag(chunk.subarray(chunk.length - TAG_BYTES))
  try {
    return Buffer.concat([decipher.update(chunk.subarray(0, chunk.length - TAG_BYTES)), decipher.final()])
  } catch {
    return null
  }
}

/** The same bytes in pieces of `sizeBytes`; the last one may be shorter, and is empty only when all is empty. */
async function* inPieces(source: Bytes, sizeBytes: number): AsyncGenerator<{ bytes: Uint8Array; isLast: boolean }> {
  const reader = createReader(source)
  let bytes = await reader.upTo(sizeBytes)
  for (;;) {
    const next = bytes.length < sizeBytes ? new Uint8Array() : await reader.upTo(sizeBytes)
    yield { bytes, isLast: next.length === 0 }
    if (next.length === 0) return
    bytes = next
  }
}

export interface ByteReader {
  /** So many bytes, fewer only at the end. */
  upTo(sizeBytes: number): Promise<Uint8Array>
  /** All that was not taken yet. */
  rest(): AsyncGenerator<Uint8Array>
}

/** Takes bytes from a stream in the sizes that the reader wants; holds one piece of the stream at a time. */
export function createReader(source: Bytes): ByteReader {
  const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
  let left: Uint8Array = new Uint8Array()
  let isOver = false
  async function fill(): Promise<boolean> {
    while (left.length === 0 && !isOver) {
      const { value, done } = await iterator.next()
      if (done) isOver = true
      else left = value
    }
    return left.length > 0
  }
  return {
    async upTo(sizeBytes) {
      const pieces: Uint8Array[] = []
      for (let wanted = sizeBytes; wanted > 0 && (await fill()); ) {
        const piece = left.subarray(0, wanted)
        left = left.subarray(piece.length)
        wanted -= piece.length
        pieces.push(piece)
      }
      return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
    },
    async *rest() {
      while (await fill()) {
        const piece = left
        left = new Uint8Array()
        yield piece
      }
    },
  }
}
