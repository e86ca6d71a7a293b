import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { openRealDisk } from '../platform/disk.ts'
import { makeBackup, openBackup } from './backup.ts'
import { finishRestore, stageRestore } from './restore.ts'
import { masterKey } from './seal.ts'

const PASSPHRASE = 'hens lay eggs at dawn'
const master = await masterKey(PASSPHRASE, Buffer.alloc(16, 1), { logN: 10, r: 1, p: 1 })
const BIG = 'x'.repeat(140_000)

async function diskWith(files: Record<string, string>): Promise<SimDisk> {
  const disk = createSimDisk()
  for (const [path, text] of Object.entries(files)) {
    await disk.mkdir(path.slice(0, path.lastIndexOf('/')))
    const file = await disk.open(path, 'create')
    await file.write(Buffer.from(text), 0)
    await file.sync()
    await file.close()
    await disk.syncDir(path.slice(0, path.lastIndexOf('/')))
  }
  return disk
}

async function contents(disk: SimDisk): Promise<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const path of disk.paths()) {
    const file = await disk.open(path, 'read')
    const text = Buffer.from(await file.read(0, await file.sizeBytes())).toString()
    found[path] = text === BIG ? 'BIG' : text.slice(0, 40)
  }
  return found
}

const FARM = {
  '/data/roost.json': 'farm A',
  '/data/pki/ca.pem': 'CA of A',
  '/data/pki/certificates.log': BIG,
  '/data/registry/devices.3.json': 'nodes of A',
}
const FRESH = {
  '/data/roost.json': 'box B',
  '/data/pki/ca.pem': 'CA of B',
  '/data/pki/crl.pem': 'list of B',
  '/data/registry/devices.7.json': 'nodes of B',
  '/data/mqtt/sessions.journal': 'commands of B',
  '/data/store/log': 'readings of B',
}
/** What the farm holds, and of the box only what no backup without history owns. */
const RESTORED = { ...FARM, '/data/pki/certificates.log': 'BIG', '/data/store/log': 'readings of B' }

async function backupOf(disk: SimDisk): Promise<Uint8Array> {
  const source = { disk, dataDir: '/data', farmId: 'a', farm: 'A', version: '1', nowMs: 0 }
  const pieces: Uint8Array[] = []
  for await (const piece of makeBackup(source, master, Buffer.alloc(32))) pieces.push(piece)
  return Buffer.concat(pieces)
}
const sealed = await backupOf(await diskWith(FARM))
const restore = (disk: SimDisk, bytes = sealed) => stageRestore(disk, '/data', openBackup([bytes], PASSPHRASE))

test('a restore gives exactly what was saved, to an empty directory too, and leaves nothing behind', async () => {
  for (const [before, after] of [
    [FRESH, RESTORED],
    [{ '/data/roost.json': 'x' }, { ...FARM, '/data/pki/certificates.log': 'BIG' }],
  ] as const) {
    const disk = await diskWith(before)
    await restore(disk)
    expect(await finishRestore(disk, '/data')).toBe(true)
    expect(await contents(disk)).toEqual(after)
    expect(await finishRestore(disk, '/data')).toBe(false)
  }
})

test('wherever the power goes, the box is what it was or the farm whole; and when it was told done, the farm', async () => {
  const outcomes = new Set<string>()
  for (let cutAtOp = 1, cut = true; cut; cutAtOp++) {
    const disk = (await diskWith(FRESH)).reboot({ cutAtOp, seed: cutAtOp })
    let isStaged = false
    try {
      await restore(disk)
      isStaged = true
      await finishRestore(disk, '/data')
    } catch {}
    cut = disk.isCut
    // The power goes once more while the next start clears up.
    const again = disk.reboot({ cutAtOp: 1 + (cutAtOp % 7), seed: cutAtOp })
    await finishRestore(again, '/data').catch(() => {})
    const found = again.reboot({ seed: cutAtOp })
    await finishRestore(found, '/data')
    const now = JSON.stringify(await contents(found))
    const isNew = now === JSON.stringify(sorted(RESTORED))
    if (!isNew || isStaged) expect(now, `cut at ${cutAtOp}`).toBe(JSON.stringify(sorted(isStaged ? RESTORED : FRESH)))
    outcomes.add(isNew ? 'new' : 'old')
  }
  expect(outcomes).toEqual(new Set(['old', 'new']))
})

test('whatever the card refuses, the box is what it was or the farm whole', async () => {
  for (let failAtOp = 1, failed = true; failed; failAtOp++) {
    const disk = (await diskWith(FRESH)).reboot({ failAtOp, failWith: 'short', seed: failAtOp })
    const told = await restore(disk).then(
      () => true,
      () => false,
    )
    failed = disk.hasFailed
    const found = disk.reboot({ seed: failAtOp })
    await finishRestore(found, '/data')
    expect(await contents(found), `failed at ${failAtOp}`).toEqual(told ? RESTORED : FRESH)
  }
})

test('on a real disk: parts that this version does not know are saved too, directories in directories, and what is in the way goes', async () => {
  const root = mkdtempSync(join(tmpdir(), 'roost-restore-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const put = (files: Record<string, string>) => {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
  }
  const found = (dir: string) =>
    readdirSync(join(root, dir), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(join(root, dir), join(entry.parentPath, entry.name)))
      .sort()
  put({ 'a/roost.json': 'A', 'a/pki/ca.pem': 'CA', 'a/flocks/2026/autumn.json': 'hens', 'a/flocks/now.json': 'hens' })
  put({ 'a/run/lock': '', 'a/mqtt/sessions': '', 'a/store/log': '', 'a/firmware/x.img': '', 'a/notes.txt': 'no part' })
  put({ 'b/roost.json': 'B', 'b/flocks/2025/old.json': 'gone', 'b/flocks/now.json': 'ducks', 'b/run/lock': 'mine' })
  const disk = openRealDisk()
  const source = { disk, dataDir: join(root, 'a'), farmId: 'a', farm: 'A', version: '1', nowMs: 0 }
  const entries = openBackup(makeBackup(source, master, Buffer.alloc(32)), PASSPHRASE)
  const { parts } = await stageRestore(disk, join(root, 'b'), entries)
  expect(parts.sort()).toEqual(['flocks', 'mqtt', 'pki'])
  expect(readFileSync(join(root, 'b/flocks/now.json'), 'utf8')).toBe('ducks')
  expect(await finishRestore(disk, join(root, 'b'))).toBe(true)
  expect(found('b')).toEqual(['flocks/2026/autumn.json', 'flocks/now.json', 'pki/ca.pem', 'roost.json', 'run/lock'])
  expect(readFileSync(join(root, 'b/flocks/now.json'), 'utf8')).toBe('hens')
})

test('a wrong passphrase, a damaged end and a backup that is not wanted change nothing', async () => {
  const disk = await diskWith(FRESH)
  const refused = { code: 'BACKUP_UNUSABLE' }
  await expect(stageRestore(disk, '/data', openBackup([sealed], 'something else'))).rejects.toMatchObject(refused)
  await expect(restore(disk, sealed.subarray(0, sealed.length - 40))).rejects.toMatchObject(refused)
  const unwanted = stageRestore(disk, '/data', openBackup([sealed], PASSPHRASE), () => {
    throw new Error('another farm')
  })
  await expect(unwanted).rejects.toThrow('another farm')
  expect(await finishRestore(disk, '/data')).toBe(false)
  expect(await contents(disk)).toEqual(FRESH)
})

const sorted = (files: Record<string, string>) => Object.fromEntries(Object.entries(files).sort())
