// The disk port: the few file operations that Roost's durability rests on, each able to fail and to be cut by a power loss.
// Paths are absolute. Every rejection carries node's errno `code` (ENOENT, ENOSPC, EIO …).

export interface DiskFile {
  /** Writes all of `bytes` at `offsetBytes`; a rejection leaves an unknown part of them written. */
  write(bytes: Uint8Array, offsetBytes: number): Promise<void>
  /** Reads up to `lengthBytes` from `offsetBytes`; shorter only at the end of the file. */
  read(offsetBytes: number, lengthBytes: number): Promise<Uint8Array>
  sizeBytes(): Promise<number>
  /** Makes data and size durable (fdatasync). After a rejection the state of unsynced bytes is unknown. */
  sync(): Promise<void>
  truncate(sizeBytes: number): Promise<void>
  close(): Promise<void>
}

export interface Disk {
  /** `create`: new, empty and of mode 0600 (keys lie here too), fails with EEXIST; `write`: existing, read and write; `read`: existing, read only. */
  open(path: string, mode: 'create' | 'write' | 'read'): Promise<DiskFile>
  /** Replaces `to` when it exists. Durable only after `syncDir` of the directory. */
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  /** Creates the directory and its parents (mode 0700); no error when it exists. */
  mkdir(path: string): Promise<void>
  /** Names in a directory, sorted; ENOENT when there is none. */
  list(path: string): Promise<string[]>
  /** Makes creations, renames and unlinks in the directory durable. */
  syncDir(path: string): Promise<void>
  /** Bytes that an unprivileged writer may still use on the file system of `path`. */
  freeBytes(path: string): Promise<number>
}
