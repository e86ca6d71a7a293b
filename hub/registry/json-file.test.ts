import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, onTestFinished, test } from 'vitest'
import type { Disk } from '../core/disk.ts'
import { createLog } from '../core/log.ts'
import { openRealDisk } from '../platform/disk.ts'
import { createJsonFile, type JsonFileOptions } from './json-file.ts'

type Names = { names: string[] }

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'roost-json-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function open(dir: string, options: Partial<JsonFileOptions<Names>> = {}) {
  const events: string[] = []
  const log = createLog(
    (line) => events.push(JSON.parse(line).event),
    () => 0,
  )
  const parse = (value: unknown) => {
    if (!Array.isArray((value as Names).names)) throw new Error('names is no list')
    return value as Names
  }
  const count = (document: Names) => document.names.length
  const file = createJsonFile<Names>({
    dir,
    name: 'names',
    format: 2,
    disk: openRealDisk(),
    log,
    parse,
    count,
    ...options,
  })
  return { file, events }
}

async function written(dir: string, ...documents: Names[]) {
  const { file } = open(dir)
  await file.read()
  for (const document of documents) await file.write(document)
}

const doc = (...names: string[]): Names => ({ names })

test('a document that was written is read again, and only three generations stay', async () => {
  const dir = tempDir()
  expect(await open(dir).file.read()).toBe(null)
  await written(dir, doc('a'), doc('b'), doc('c'), doc('d'), doc('e'))
  expect(readdirSync(dir).sort()).toEqual(['names.3.json', 'names.4.json', 'names.5.json'])
  const { file, events } = open(dir)
  expect(await file.read()).toEqual(doc('e'))
  expect(file.notes).toEqual([])
  expect(events).toEqual([])
})

test('whichever byte of the newest generation is damaged, the document or the one before it is read, and nothing else', async () => {
  const dir = tempDir()
  await written(dir, doc('old'), doc('new', 'ä'))
  const path = join(dir, 'names.2.json')
  const good = readFileSync(path)
  let fallbacks = 0
  for (let offset = 0; offset < good.length; offset++) {
    const bad = Buffer.from(good)
    bad[offset]! ^= 1 << (offset % 8)
    writeFileSync(path, bad)
    const { file, events } = open(dir)
    const read = await file.read()
    if (events.length === 0) expect(read).toEqual(doc('new', 'ä'))
    else {
      fallbacks++
      expect(read).toEqual(doc('old'))
      expect(file.notes.join()).toContain(path)
    }
  }
  // Some flips change white space only.
  expect(fallbacks).toBeGreaterThan(good.length * 0.7)
})

test('wherever the newest generation is cut off, the one before it is read', async () => {
  const dir = tempDir()
  await written(dir, doc('old'), doc('new'))
  const path = join(dir, 'names.2.json')
  for (let sizeBytes = readFileSync(path).length - 2; sizeBytes >= 0; sizeBytes--) {
    truncateSync(path, sizeBytes)
    expect(await open(dir).file.read()).toEqual(doc('old'))
  }
})

test('a damaged generation is not overwritten, and goes when three whole ones are newer', async () => {
  const dir = tempDir()
  await written(dir, doc('a'), doc('b'), doc('c'))
  writeFileSync(join(dir, 'names.3.json'), '')
  const { file } = open(dir)
  expect(await file.read()).toEqual(doc('b'))
  await file.write(doc('d'))
  expect(readdirSync(dir).sort()).toEqual(['names.1.json', 'names.2.json', 'names.3.json', 'names.4.json'])
  expect(readFileSync(join(dir, 'names.3.json'), 'utf8')).toBe('')
  await file.write(doc('e'))
  await file.write(doc('f'))
  expect(readdirSync(dir).sort()).toEqual(['names.4.json', 'names.5.json', 'names.6.json'])
})

test('when no generation is whole, reading fails and says which are bad; it never starts with nothing', async () => {
  const dir = tempDir()
  await written(dir, doc('a'), doc('b'))
  for (const name of readdirSync(dir)) writeFileSync(join(dir, name), '{}')
  await expect(open(dir).file.read()).rejects.toMatchObject({
    code: 'REGISTRY_CORRUPT',
    message: expect.stringMatching(/names\.2\.json.*names\.1\.json/),
  })
})

test('a file of a newer version is refused rather than replaced by an older generation', async () => {
  const dir = tempDir()
  await written(dir, doc('a'), doc('b'))
  const newer = open(dir, { format: 3 }).file
  await newer.read()
  await newer.write(doc('c'))
  await expect(open(dir).file.read()).rejects.toMatchObject({ code: 'FORMAT_NEWER' })
  expect(await newer.read()).toEqual(doc('c'))
})

test('an empty document never replaces one with entries', async () => {
  const dir = tempDir()
  await written(dir, doc('a'))
  const { file } = open(dir)
  await file.read()
  await expect(file.write(doc())).rejects.toMatchObject({ code: 'REGISTRY_CORRUPT' })
  expect(await open(dir).file.read()).toEqual(doc('a'))
})

test('writes that come while one runs become one write, and each resolves when its document is durable', async () => {
  const dir = tempDir()
  const { file } = open(dir)
  await file.read()
  const document = doc('0')
  const writes = Array.from({ length: 100 }, (_, i) => {
    document.names.push(String(i))
    return file.write(document)
  })
  await Promise.all(writes)
  expect(readdirSync(dir).sort()).toEqual(['names.1.json', 'names.2.json'])
  expect((await open(dir).file.read())!.names).toHaveLength(101)
})

test('a disk that refuses leaves the last good generation, and the next write works', async () => {
  const dir = tempDir()
  await written(dir, doc('a'))
  const real = openRealDisk()
  let isFull = true
  const disk: Disk = {
    ...real,
    async open(path, mode) {
      const file = await real.open(path, mode)
      const write = async (bytes: Uint8Array, offsetBytes: number) => {
        if (isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
        await file.write(bytes, offsetBytes)
      }
      return {
        ...file,
        write,
        read: (o, n) => file.read(o, n),
        sizeBytes: () => file.sizeBytes(),
        sync: () => file.sync(),
        close: () => file.close(),
      }
    },
  }
  const { file } = open(dir, { disk })
  await file.read()
  await expect(file.write(doc('b'))).rejects.toMatchObject({ code: 'DISK', message: expect.stringContaining('ENOSPC') })
  expect(readdirSync(dir)).toEqual(['names.1.json'])
  expect(await open(dir).file.read()).toEqual(doc('a'))
  isFull = false
  await file.write(doc('c'))
  expect(await open(dir).file.read()).toEqual(doc('c'))
})

test('what a cut write left behind is removed', async () => {
  const dir = tempDir()
  await written(dir, doc('a'))
  writeFileSync(join(dir, 'names.2.json.new'), '{"format":')
  writeFileSync(join(dir, 'notes.txt'), 'mine')
  expect(await open(dir).file.read()).toEqual(doc('a'))
  expect(readdirSync(dir).sort()).toEqual(['names.1.json', 'notes.txt'])
})

test('any JSON document comes back as it was', async () => {
  const dir = tempDir()
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), async (value) => {
      const log = createLog(
        () => {},
        () => 0,
      )
      const options = { dir, name: 'any', format: 1, disk: openRealDisk(), log, parse: (document: unknown) => document }
      const file = createJsonFile<unknown>(options)
      await file.read()
      await file.write(value)
      expect(JSON.stringify(await createJsonFile<unknown>(options).read())).toBe(JSON.stringify(value))
    }),
    { numRuns: 40 },
  )
})
