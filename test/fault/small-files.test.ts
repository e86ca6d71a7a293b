// The power goes at every disk operation of the registry and of the CA, and afterwards the
// card shows every mixture of what was synced and what was not. What was promised is there, and everything opens.
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import type { Disk, DiskFile } from '../../hub/core/disk.ts'
import { placeText } from '../../hub/core/ids.ts'
import { createLog } from '../../hub/core/log.ts'
import { openPki } from '../../hub/pki/pki.ts'
import { openRegistry } from '../../hub/registry/registry.ts'
import { createSimClock } from '../sim/clock.ts'

interface Inode {
  now: Uint8Array
  synced: Uint8Array
}
type Directories = Map<string, Map<string, Inode>>

/** What a card keeps of names, and of bytes, that were never synced. */
const NAMES = ['synced', 'all'] as const
const BYTES = ['synced', 'all', 'torn'] as const
type Kept = { names: (typeof NAMES)[number]; bytes: (typeof BYTES)[number] }

const errno = (code: string) => Object.assign(new Error(`${code}: simulated`), { code })

/** A card in memory whose power goes at operation `cutAtOp`: that one and all later ones fail. */
function createCard(cutAtOp: number) {
  const now: Directories = new Map([['/', new Map()]])
  const synced: Directories = new Map([['/', new Map()]])
  /** Directories whose own names were synced in their parents. */
  const syncedDirectories = new Set(['/'])
  let ops = 0
  const tick = () => {
    if (++ops >= cutAtOp) throw errno('EIO')
  }
  const namesOf = (path: string) => {
    const names = now.get(path)
    if (!names) throw errno('ENOENT')
    return names
  }
  const split = (path: string) => ({ names: namesOf(dirname(path)), name: path.slice(path.lastIndexOf('/') + 1) })

  const openFile = (inode: Inode): DiskFile => ({
    async write(bytes, offsetBytes) {
      tick()
      const grown = new Uint8Array(Math.max(inode.now.length, offsetBytes + bytes.length))
      grown.set(inode.now)
      grown.set(bytes, offsetBytes)
      inode.now = grown
    },
    async read(offsetBytes, lengthBytes) {
      tick()
      return inode.now.slice(offsetBytes, offsetBytes + lengthBytes)
    },
    async sizeBytes() {
      return inode.now.length
    },
    async sync() {
      tick()
      inode.synced = inode.now
    },
    async truncate(sizeBytes) {
      tick()
      inode.now = inode.now.slice(0, sizeBytes)
    },
    async close() {},
  })

  const disk: Disk = {
    async open(path, mode) {
      tick()
      const { names, name } = split(path)
      const known = names.get(name)
      if (mode === 'create' && known) throw errno('EEXIST')
      if (mode !== 'create' && !known) throw errno('ENOENT')
      const inode = known ?? { now: new Uint8Array(), synced: new Uint8Array() }
      names.set(name, inode)
      return openFile(inode)
    },
    async rename(from, to) {
      tick()
      const source = split(from)
      const inode = source.names.get(source.name)
      if (!inode) throw errno('ENOENT')
      source.names.delete(source.name)
      split(to).names.set(split(to).name, inode)
    },
    async unlink(path) {
      tick()
      const { names, name } = split(path)
      if (!names.delete(name)) throw errno('ENOENT')
    },
    async mkdir(path) {
      tick()
      if (!now.has(path)) now.set(path, new Map())
    },
    async list(path) {
      tick()
      return [...namesOf(path).keys()].sort()
    },
    async syncDir(path) {
      tick()
      synced.set(path, new Map(namesOf(path)))
      for (const child of now.keys()) if (dirname(child) === path) syncedDirectories.add(child)
    },
    freeBytes: async () => 1e9,
  }

  /** The card as the next start finds it, with its power on. */
  function reboot(kept: Kept): Disk {
    const next = createCard(Number.POSITIVE_INFINITY)
    for (const [path, names] of kept.names === 'all' ? now : synced) {
      if (kept.names === 'synced' && !syncedDirectories.has(path)) continue
      const found = new Map<string, Inode>()
      for (const [name, inode] of names) {
        const torn = inode.now.slice(0, Math.floor(inode.now.length / 2))
        const bytes =
          inode.now === inode.synced ? inode.now : { synced: inode.synced, all: inode.now, torn }[kept.bytes]
        found.set(name, { now: bytes, synced: bytes })
      }
      next.directories.set(path, found)
    }
    return next.disk
  }
  return { disk, directories: now, reboot, isCut: () => ops >= cutAtOp }
}

const clock = createSimClock()
const log = createLog(() => {}, clock.wallMs)
const quietly = (work: Promise<unknown>) => work.catch(() => {})

/** Cuts `live` at every operation in turn; `check` gets each card that it may leave. */
async function sweep(live: (disk: Disk) => Promise<unknown>, check: (disk: Disk, where: string) => Promise<void>) {
  let cutAtOp = 0
  for (let isCut = true; isCut; ) {
    const card = createCard(++cutAtOp)
    await quietly(live(card.disk))
    isCut = card.isCut()
    for (const names of NAMES) {
      for (const bytes of BYTES) {
        await check(card.reboot({ names, bytes }), `cut at ${cutAtOp}, names ${names}, bytes ${bytes}`)
      }
    }
  }
  return cutAtOp
}

test('a place that staff gave survives a power cut at any operation, and the registry always opens', async () => {
  const uid = (i: number) => `rn-${i.toString(16).padStart(12, '0')}`
  const at = (i: number) => ({ site: 'north', house: `h${i}`, node: 'climate' })
  const dir = join('/', 'registry')
  const promised = new Map<string, string>()
  const cuts = await sweep(
    async (disk) => {
      promised.clear()
      const registry = await openRegistry({ dir, disk, clock, log })
      for (let i = 0; i < 6; i++) {
        await registry.add(uid(i), at(i))
        promised.set(uid(i), placeText(at(i)))
      }
    },
    async (disk, where) => {
      const registry = await openRegistry({ dir, disk, clock, log })
      for (const [known, place] of promised) {
        const found = registry.get(known)?.place
        expect(found && placeText(found), `${where}: ${known}`).toBe(place)
      }
      // One more may have landed; nothing is invented.
      const places = registry.list().map((device) => device.place && placeText(device.place))
      expect(places, where).toEqual(places.map((_, i) => placeText(at(i))))
      expect(places.length, where).toBeLessThanOrEqual(promised.size + 1)
      await registry.add(uid(99), at(99))
    },
  )
  expect(cuts).toBeGreaterThan(40)
})

test('a CA that signed anything is the CA at every later start, wherever the power goes', {
  timeout: 120_000,
}, async () => {
  let caPem: string | null = null
  const dir = join('/', 'pki')
  const cuts = await sweep(
    async (disk) => {
      caPem = null
      const pki = await openPki({ dir, disk, clock, log })
      caPem = pki.caPem
      await pki.serverCredentials(['localhost'])
    },
    async (disk, where) => {
      const pki = await openPki({ dir, disk, clock, log })
      if (caPem !== null) expect(pki.caPem, where).toBe(caPem)
      const { certPem } = await pki.serverCredentials(['localhost'])
      expect((await openPki({ dir, disk, clock, log })).caPem, where).toBe(pki.caPem)
      expect((await pki.serverCredentials(['localhost'])).certPem, where).toBe(certPem)
    },
  )
  expect(cuts).toBeGreaterThan(20)
})
