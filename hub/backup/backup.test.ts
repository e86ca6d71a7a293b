import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createSimDisk } from '../../test/sim/disk.ts'
import { checkBackup, makeBackup, openBackup, readPieces, writeBackup } from './backup.ts'
import { decodeEntries, encodeEntries, isBackupPath, mustBeKnown } from './entries.ts'
import { CHUNK_BYTES, checkPassphrase, HEADER_BYTES, masterKey, seal, unseal } from './seal.ts'

const CHEAP = { logN: 10, r: 1, p: 1 }
const salt = Buffer.alloc(16, 1)
const fileSalt = Buffer.alloc(32, 2)
const PASSPHRASE = 'hens lay eggs at dawn'
const master = await masterKey(PASSPHRASE, salt, CHEAP)
const keyOf = async () => master.key

async function all(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = []
  for await (const piece of bytes) pieces.push(piece)
  return Buffer.concat(pieces)
}
const refusal = async (work: Promise<unknown>) => {
  await expect(work).rejects.toMatchObject({ code: 'BACKUP_UNUSABLE' })
}

async function farmDisk() {
  const disk = createSimDisk()
  const files: Record<string, string> = {
    '/farm/roost.json': '{"format":1,"id":"farm-1"}',
    '/farm/pki/ca.pem': 'key and certificate',
    '/farm/registry/devices.3.json': '{}',
    '/farm/registry/devices.4.json.new': 'half',
    '/farm/staff/staff.1.json': 'admins',
    '/farm/mqtt/sessions.journal': 'waiting commands',
    '/farm/run/lock': '',
    '/farm/store/log-1.rlog': 'readings',
  }
  for (const [path, text] of Object.entries(files)) {
    await disk.mkdir(path.slice(0, path.lastIndexOf('/')))
    const file = await disk.open(path, 'create')
    await file.write(Buffer.from(text), 0)
    await file.close()
  }
  return disk
}
const sourceOf = (disk: Awaited<ReturnType<typeof farmDisk>>) => ({
  disk,
  dataDir: '/farm',
  farmId: 'farm-1',
  farm: 'Hill',
  version: '1',
  nowMs: 17e11,
})

test('what is sealed opens again, whatever its size and however it is cut into pieces', async () => {
  const size = fc.oneof(
    fc.nat(300),
    fc.constantFrom(0, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 2 * CHUNK_BYTES, 3 * CHUNK_BYTES + 7),
  )
  await fc.assert(
    fc.asyncProperty(size, fc.integer({ min: 1, max: 70_000 }), async (sizeBytes, pieceBytes) => {
      const plain = Buffer.alloc(sizeBytes, 'abcdefg')
      function* pieces(bytes: Uint8Array) {
        for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
      }
      const sealed = await all(seal(master, fileSalt, pieces(plain)))
      expect(plain.equals(await all(unseal(pieces(sealed), keyOf)))).toBe(true)
    }),
    { numRuns: 40 },
  )
})

test('a sealed file that was changed, cut or put in another order anywhere is refused', async () => {
  const plain = Buffer.alloc(3 * CHUNK_BYTES + 100, 7)
  const sealed = await all(seal(master, fileSalt, [plain]))
  const chunk = CHUNK_BYTES + 16
  const opens = (bytes: Uint8Array) => all(unseal([bytes], keyOf))
  await fc.assert(
    fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
      const changed = Buffer.from(sealed)
      changed[at]! ^= by
      await refusal(opens(changed))
    }),
    { numRuns: 100 },
  )
  for (const cut of [0, 5, HEADER_BYTES, HEADER_BYTES + 10, HEADER_BYTES + chunk, HEADER_BYTES + 3 * chunk])
    await refusal(opens(sealed.subarray(0, cut)))
  const chunks = [0, 1, 2].map((i) => sealed.subarray(HEADER_BYTES + i * chunk, HEADER_BYTES + (i + 1) * chunk))
  const rest = sealed.subarray(HEADER_BYTES + 3 * chunk)
  await refusal(opens(Buffer.concat([sealed.subarray(0, HEADER_BYTES), chunks[1]!, chunks[0]!, chunks[2]!, rest])))
  await refusal(opens(Buffer.concat([sealed, Buffer.from('more')])))
})

test('whatever bytes come, reading a backup ends with a reason', async () => {
  const head = Buffer.from('ROOSTBAK\x01\x0a\x01\x01', 'latin1')
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }).map((rest) => Buffer.concat([head, rest])),
  )
  await fc.assert(fc.asyncProperty(bytes, (sealed) => refusal(all(unseal([sealed], keyOf)))))
  const plain = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.jsonValue().map((value) => {
      const text = Buffer.from(JSON.stringify(value))
      return Buffer.concat([Buffer.of(text.length >> 8, text.length & 255), text])
    }),
  )
  await fc.assert(
    fc.asyncProperty(plain, async (entries) => {
      const read = async () => {
        for await (const _ of decodeEntries([entries]));
      }
      await expect(read()).rejects.toMatchObject({ name: 'RoostError' })
    }),
  )
})

test('no path in a backup leads out of the parts that it names', async () => {
  for (const path of ['pki/ca.pem', 'registry/a/b/c', 'roost.json', 'flocks/Hühner (2026)=a.json'])
    expect(isBackupPath(path)).toBe(true)
  for (const path of [
    '',
    '/etc/passwd',
    '../x',
    'pki/../../x',
    'pki//x',
    'pki/.x',
    'x',
    'a/b/c/d/e',
    'pki/x\0',
    'pki\\x',
  ]) {
    expect(isBackupPath(path)).toBe(false)
  }
  const summary = { farmId: 'f', farm: null, madeMs: 0, version: '1', parts: ['pki'], hasHistory: false }
  const read = async (path: string) => {
    for await (const _ of decodeEntries(encodeEntries(summary, [{ path, bytes: 0, content: [] }])));
  }
  await read('pki/ca.pem')
  await refusal(read('registry/devices.1.json'))
  await refusal(read('pki/../registry/x'))
})

test('a backup holds the farm and no waiting commands; history when it is asked for; it is read back before it counts', async () => {
  const disk = await farmDisk()
  await disk.mkdir('/usb')
  const checked = await writeBackup(disk, '/usb/a', makeBackup(sourceOf(disk), master, fileSalt), master)
  expect(checked).toMatchObject({ files: 4, summary: { farm: 'Hill', farmId: 'farm-1', hasHistory: false } })
  const paths: string[] = []
  for await (const entry of openBackup(readPieces(disk, '/usb/a'), PASSPHRASE)) {
    if (entry.kind === 'file') paths.push(entry.path)
  }
  expect(paths).toEqual(['roost.json', 'pki/ca.pem', 'registry/devices.3.json', 'staff/staff.1.json'])
  await refusal(checkBackup(readPieces(disk, '/usb/a'), { passphrase: 'hens lay eggs at noon' }))
  const whole = makeBackup({ ...sourceOf(disk), hasHistory: true }, master, fileSalt)
  expect(await checkBackup(whole, { master })).toMatchObject({ files: 5, summary: { hasHistory: true } })
})

test('a file that is too long to be read whole goes in and comes out the same, and what grows meanwhile does not spoil it', async () => {
  const disk = await farmDisk()
  const big = Buffer.alloc(5 * 1024 * 1024, 'eggs')
  const file = await disk.open('/farm/registry/long.log', 'create')
  await file.write(big, 0)
  const pieces: Uint8Array[] = []
  let isLong = false
  for await (const entry of decodeEntries(unseal(makeBackup(sourceOf(disk), master, fileSalt), keyOf))) {
    if (entry.kind === 'file') isLong = entry.path === 'registry/long.log'
    if (entry.kind === 'piece' && isLong) {
      pieces.push(entry.bytes)
      await file.write(Buffer.from('more'), big.length)
    }
  }
  expect(big.equals(Buffer.concat(pieces))).toBe(true)
})

test('a backup of a newer Roost is refused, one of an older or of this one is not', () => {
  const of = (version: string) => ({
    roost: 'backup' as const,
    format: 1,
    farmId: 'f',
    farm: null,
    madeMs: 0,
    version,
    parts: [],
    hasHistory: false,
  })
  for (const known of ['1.2.3', '1.2.2', '0.9.9', '1.2.3-rc1', 'none']) mustBeKnown(of(known), '1.2.3')
  for (const newer of ['1.2.4', '1.10.0', '2.0.0']) {
    expect(() => mustBeKnown(of(newer), '1.2.3')).toThrow(expect.objectContaining({ code: 'FORMAT_NEWER' }))
  }
})

test('a backup that the card spoils is not called one', async () => {
  for (let failAtOp = 1, failed = true; failed; failAtOp++) {
    const source = await farmDisk()
    const stick = createSimDisk()
    await stick.mkdir('/usb')
    const target = stick.reboot({ failAtOp, failWith: 'short', seed: failAtOp })
    const sealed = makeBackup(sourceOf(source), master, fileSalt)
    const done = await writeBackup(target, '/usb/a', sealed, master).then(
      () => true,
      () => false,
    )
    failed = target.hasFailed
    if (done) expect((await checkBackup(readPieces(target, '/usb/a'), { master })).files).toBe(4)
    else expect(target.paths().filter((path) => path === '/usb/a.new')).toEqual([])
  }
})

test('a passphrase is long enough, and the same however its letters were typed', async () => {
  expect(() => checkPassphrase('short')).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }))
  expect(checkPassphrase('Hu\u0308hner im Stall')).toBe('H\u00fchner im Stall')
  const [a, b] = await Promise.all(['Hu\u0308hner', 'H\u00fchner'].map((text) => masterKey(text, salt, CHEAP)))
  expect(a!.key).toEqual(b!.key)
})

test('the golden backup opens, and is made again byte for byte', async () => {
  const golden = new URL('../../test/vectors/backup/', import.meta.url)
  const sealed = readFileSync(new URL('farm.roostbackup', golden))
  const about = JSON.parse(readFileSync(new URL('farm.json', golden), 'utf8'))
  const files: { path: string; sha256: string }[] = []
  const bytesOf = new Map<string, Buffer[]>()
  let summary: unknown
  for await (const entry of openBackup([sealed], about.passphrase)) {
    if (entry.kind === 'summary') summary = entry.summary
    if (entry.kind === 'file') bytesOf.set(entry.path, [])
    if (entry.kind === 'piece') [...bytesOf.values()].at(-1)!.push(Buffer.from(entry.bytes))
  }
  for (const [path, pieces] of bytesOf) {
    files.push({ path, sha256: createHash('sha256').update(Buffer.concat(pieces)).digest('hex') })
  }
  expect({ summary, files }).toEqual({ summary: about.summary, files: about.files })
  const again = await masterKey(about.passphrase, Buffer.from(about.salt, 'hex'), about.cost)
  const entries = [...bytesOf].map(([path, pieces]) => {
    const bytes = Buffer.concat(pieces)
    return { path, bytes: bytes.length, content: [bytes] }
  })
  const { roost: _, format: __, ...rest } = about.summary
  const made = await all(seal(again, Buffer.from(about.fileSalt, 'hex'), encodeEntries(rest, entries)))
  expect(made.equals(sealed)).toBe(true)
})
