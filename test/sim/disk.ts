// A simulated card: files in memory whose bytes are durable only after `sync` and whose names only after `syncDir`. One operation can
// be made to fail, and the power can be cut at one; what was not durable is then lost, kept or torn, by seed.
import { dirname } from 'node:path'
import type { Disk, DiskFile } from '../../hub/core/disk.ts'
import { createRandom } from './random.ts'

export type Failure = 'EIO' | 'ENOSPC' | 'short'

export interface SimDiskOptions {
  seed?: number
  /** This operation (from 1) and all after it are not done: the power is off. */
  cutAtOp?: number
  /** This operation fails. */
  failAtOp?: number
  /** `short`: half of a write is done before ENOSPC; as EIO for what is no write. */
  failWith?: Failure
  capacityBytes?: number
}

export interface SimDisk extends Disk {
  /** Operations that change something or make it durable, done or tried so far. */
  readonly ops: number
  readonly isCut: boolean
  readonly hasFailed: boolean
  /** What each operation was, for a test that fails. */
  readonly history: readonly string[]
  /** The card as the next start finds it after the power went now, or was cut before. */
  reboot(options?: SimDiskOptions): SimDisk
  /** Changes bytes of a file behind everybody's back: `change` gets the content and gives the new one. */
  tamper(path: string, change: (bytes: Uint8Array) => Uint8Array): void
  /** Paths of all files, sorted. */
  paths(): string[]
}

interface Write {
  /** null: the file was cut to `offsetBytes`. */
  bytes: Uint8Array | null
  offsetBytes: number
}

interface Inode {
  now: Uint8Array
  durable: Uint8Array
  /** What was written since the last sync, in order. A sync that failed forgets it: the kernel does so too. */
  unsynced: Write[]
}

type Names = Map<string, Inode>
/** A change of a directory: names set, or taken away with null; kept or lost as a whole. */
type NameChange = [name: string, inode: Inode | null][]

interface Directory {
  now: Names
  durable: Names
  unsynced: NameChange[]
}

type Card = Map<string, Directory>

const failure = (code: string, what: string) => Object.assign(new Error(`${code}: simulated, ${what}`), { code })

function apply(bytes: Uint8Array, write: Write): Uint8Array {
  if (write.bytes === null) {
    const cut = new Uint8Array(write.offsetBytes)
    cut.set(bytes.subarray(0, write.offsetBytes))
    return cut
  }
  const grown = new Uint8Array(Math.max(bytes.length, write.offsetBytes + write.bytes.length))
  grown.set(bytes)
  grown.set(write.bytes, write.offsetBytes)
  return grown
}

/** An empty card, or the one that `reboot` found. */
export function createSimDisk(options: SimDiskOptions = {}): SimDisk {
  return new MemoryDisk(new Map([['/', { now: new Map(), durable: new Map(), unsynced: [] }]]), options)
}

class MemoryDisk implements SimDisk {
  readonly #card: Card
  readonly #options: SimDiskOptions
  readonly #random: () => number
  readonly history: string[] = []
  hasFailed = false
  isCut = false

  constructor(card: Card, options: SimDiskOptions) {
    this.#card = card
    this.#options = options
    this.#random = createRandom(options.seed ?? 1)
  }

  get ops(): number {
    return this.history.length
  }

  paths(): string[] {
    return [...this.#card]
      .flatMap(([path, { now }]) => [...now.keys()].map((name) => `${path === '/' ? '' : path}/${name}`))
      .sort()
  }

  tamper(path: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const inode = this.#find(path)
    inode.now = change(inode.now.slice())
    inode.durable = inode.now
    inode.unsynced = []
  }

  // --- the port ---------------------------------------------------------------------------------------------------------

  async open(path: string, mode: 'create' | 'write' | 'read'): Promise<DiskFile> {
    this.#alive()
    const names = this.#directory(dirname(path)).now
    const known = names.get(nameOf(path))
    if (mode !== 'create') {
      if (!known) throw failure('ENOENT', path)
      return this.#openFile(known, path, mode === 'write')
    }
    if (known) throw failure('EEXIST', path)
    this.#step(`create ${path}`)
    const inode: Inode = { now: new Uint8Array(), durable: new Uint8Array(), unsynced: [] }
    this.#rename(dirname(path), [[nameOf(path), inode]])
    return this.#openFile(inode, path, true)
  }

  async rename(from: string, to: string): Promise<void> {
    this.#alive()
    const inode = this.#find(from)
    if (dirname(from) !== dirname(to)) throw failure('EXDEV', 'the simulated card renames within a directory only')
    this.#step(`rename ${from} ${to}`)
    this.#rename(dirname(from), [
      [nameOf(from), null],
      [nameOf(to), inode],
    ])
  }

  async unlink(path: string): Promise<void> {
    this.#alive()
    this.#find(path)
    this.#step(`unlink ${path}`)
    this.#rename(dirname(path), [[nameOf(path), null]])
  }

  async mkdir(path: string): Promise<void> {
    this.#alive()
    if (this.#card.has(path)) return
    this.#step(`mkdir ${path}`)
    for (let made = path; !this.#card.has(made); made = dirname(made)) {
      this.#card.set(made, { now: new Map(), durable: new Map(), unsynced: [] })
    }
  }

  async list(path: string): Promise<string[]> {
    this.#alive()
    return [...this.#directory(path).now.keys()].sort()
  }

  async syncDir(path: string): Promise<void> {
    this.#alive()
    const directory = this.#directory(path)
    this.#step(`syncDir ${path}`)
    directory.durable = new Map(directory.now)
    directory.unsynced = []
  }

  async freeBytes(): Promise<number> {
    this.#alive()
    return (this.#options.capacityBytes ?? 2 ** 40) - this.#usedBytes()
  }

  #openFile(inode: Inode, path: string, mayWrite: boolean): DiskFile {
    let isOpen = true
    const usable = (isWrite: boolean) => {
      this.#alive()
      if (!isOpen || (isWrite && !mayWrite)) throw failure('EBADF', path)
    }
    const change = (write: Write) => {
      inode.now = apply(inode.now, write)
      inode.unsynced.push(write)
    }
    return {
      write: async (bytes, offsetBytes) => {
        usable(true)
        const grownBytes = Math.max(0, offsetBytes + bytes.length - inode.now.length)
        const isFull = this.#usedBytes() + grownBytes > (this.#options.capacityBytes ?? Number.POSITIVE_INFINITY)
        const partly = (share: number) =>
          change({ bytes: copyOf(bytes.subarray(0, Math.floor(bytes.length * share))), offsetBytes })
        this.#step(`write ${path} ${offsetBytes}+${bytes.length}`, () => {
          if (this.#options.failWith === 'short') partly(0.5)
          else if (this.#options.failWith === 'EIO') partly(this.#random())
        })
        if (isFull) throw failure('ENOSPC', path)
        change({ bytes: copyOf(bytes), offsetBytes })
      },
      read: async (offsetBytes, lengthBytes) => {
        usable(false)
        return inode.now.slice(offsetBytes, offsetBytes + lengthBytes)
      },
      sizeBytes: async () => {
        usable(false)
        return inode.now.length
      },
      sync: async () => {
        usable(true)
        this.#step(`sync ${path}`, () => {
          inode.unsynced = []
        })
        for (const write of inode.unsynced) inode.durable = apply(inode.durable, write)
        inode.unsynced = []
      },
      truncate: async (sizeBytes) => {
        usable(true)
        this.#step(`truncate ${path} ${sizeBytes}`)
        change({ bytes: null, offsetBytes: sizeBytes })
      },
      close: async () => {
        isOpen = false
      },
    }
  }

  // --- what goes wrong --------------------------------------------------------------------------------------------------

  #alive() {
    if (this.isCut) throw failure('EIO', 'the power is off')
  }

  /** Counts an operation; throws when it is the one that fails or when the power goes. */
  #step(what: string, beforeFailure: () => void = () => {}) {
    this.history.push(what)
    const { cutAtOp, failAtOp, failWith = 'EIO' } = this.#options
    if (cutAtOp !== undefined && this.ops >= cutAtOp) {
      // A write that is under way when the power goes may have landed in part.
      if (what.startsWith('write') && this.#random() < 0.5) beforeFailure()
      this.isCut = true
      throw failure('EIO', `the power goes: ${what}`)
    }
    if (this.ops !== failAtOp) return
    this.hasFailed = true
    beforeFailure()
    throw failure(failWith === 'short' ? 'ENOSPC' : failWith, what)
  }

  reboot(options: SimDiskOptions = {}): SimDisk {
    const inodes = new Map<Inode, Inode>()
    const next: Card = new Map()
    for (const [path, { durable, unsynced }] of this.#card) {
      const names: Names = new Map(durable)
      for (const change of unsynced) {
        if (this.#random() < 0.5) continue
        for (const [name, inode] of change) {
          if (inode) names.set(name, inode)
          else names.delete(name)
        }
      }
      const found: Names = new Map()
      for (const [name, inode] of names) {
        const survivor = inodes.get(inode) ?? this.#survivor(inode)
        inodes.set(inode, survivor)
        found.set(name, survivor)
      }
      next.set(path, { now: found, durable: new Map(found), unsynced: [] })
    }
    const { capacityBytes } = this.#options
    return new MemoryDisk(next, { ...(capacityBytes === undefined ? {} : { capacityBytes }), ...options })
  }

  /** A file after the power went: of what was not synced a part at the start is there, the next piece torn, the rest lost. */
  #survivor({ durable, unsynced }: Inode): Inode {
    let bytes = durable
    const kept = Math.floor(this.#random() * (unsynced.length + 1))
    for (const [i, write] of unsynced.entries()) {
      if (i < kept) bytes = apply(bytes, write)
      else if (i === kept && write.bytes) bytes = apply(bytes, this.#torn(write.bytes, write.offsetBytes))
    }
    return { now: bytes, durable: bytes, unsynced: [] }
  }

  /** The start of a piece; sometimes its length is there and the rest of it reads as zeros or as what the card held before. */
  #torn(bytes: Uint8Array, offsetBytes: number): Write {
    const length = Math.floor(this.#random() * (bytes.length + 1))
    const how = this.#random()
    if (how < 0.5) return { bytes: bytes.slice(0, length), offsetBytes }
    const torn = bytes.slice()
    for (let i = length; i < torn.length; i++) torn[i] = how < 0.75 ? 0 : Math.floor(this.#random() * 256)
    return { bytes: torn, offsetBytes }
  }

  // --- names ------------------------------------------------------------------------------------------------------------

  #usedBytes(): number {
    let sum = 0
    for (const { now } of this.#card.values()) for (const inode of now.values()) sum += inode.now.length
    return sum
  }

  #directory(path: string): Directory {
    const directory = this.#card.get(path)
    if (!directory) throw failure('ENOENT', path)
    return directory
  }

  #find(path: string): Inode {
    const inode = this.#directory(dirname(path)).now.get(nameOf(path))
    if (!inode) throw failure('ENOENT', path)
    return inode
  }

  #rename(path: string, change: NameChange) {
    const directory = this.#directory(path)
    for (const [name, inode] of change) {
      if (inode) directory.now.set(name, inode)
      else directory.now.delete(name)
    }
    directory.unsynced.push(change)
  }
}

/** A Buffer's own `slice` gives a view. */
const copyOf = (bytes: Uint8Array) => new Uint8Array(bytes)

const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)
