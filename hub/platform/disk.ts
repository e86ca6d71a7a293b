// The real disk: the Disk port on node:fs. Data is made durable by fdatasync, directories by fsync of the directory.
import { type FileHandle, mkdir, open, readdir, rename, statfs, unlink } from 'node:fs/promises'
import type { Disk, DiskFile } from '../core/disk.ts'

const FLAGS = { create: 'wx+', write: 'r+', read: 'r' } as const

/** The machine's file systems. */
export const openRealDisk = (): Disk => ({
  async open(path, mode) {
    return new RealFile(await open(path, FLAGS[mode], 0o600))
  },
  rename,
  unlink,
  async mkdir(path) {
    await mkdir(path, { recursive: true, mode: 0o700 })
  },
  async list(path) {
    return (await readdir(path)).sort()
  },
  async syncDir(path) {
    const directory = await open(path, 'r')
    try {
      await directory.sync()
    } finally {
      await directory.close()
    }
  },
  async freeBytes(path) {
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  },
})

class RealFile implements DiskFile {
  readonly #handle: FileHandle
  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async write(bytes: Uint8Array, offsetBytes: number) {
    let written = 0
    while (written < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, offsetBytes + written)
      written += bytesWritten
    }
  }

  async read(offsetBytes: number, lengthBytes: number) {
    const left = Math.max(0, (await this.sizeBytes()) - offsetBytes)
    const bytes = new Uint8Array(Math.min(lengthBytes, left))
    let got = 0
    while (got < bytes.length) {
      const { bytesRead } = await this.#handle.read(bytes, got, bytes.length - got, offsetBytes + got)
      if (bytesRead === 0) break
      got += bytesRead
    }
    return got === bytes.length ? bytes : bytes.subarray(0, got)
  }

  async sizeBytes() {
    return (await this.#handle.stat()).size
  }

  async sync() {
    await this.#handle.datasync()
  }

  async truncate(sizeBytes: number) {
    await this.#handle.truncate(sizeBytes)
  }

  async close() {
    await this.#handle.close()
  }
}
