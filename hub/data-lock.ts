// One process at a time for a directory, without flock (node has none) and without a lock that outlives a crash.
//
// Every contender announces itself by a file whose name says who it is (boot, process, start time), then looks at the others:
//   · a file of a process that lives no more is removed; its name is that process's alone, so nobody's new lock can be hit
//   · a file of a living process means: back off, and try again when that one has not got the lock itself yet
// Both steps in this order make it safe: of two contenders at least one sees the other. Processes must share one /proc.
import { existsSync, readFileSync } from 'node:fs'
import { open, readdir, readFile, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { RoostError } from './core/errors.ts'

const NAME = /^lock-([0-9a-f]{8})-(\d{1,10})-(\d{1,20})$/
const TRIES = 12
const BACKOFF_MS = 40
const HELD = 'held\n'

/** Takes the lock files in `runDir` for `what`. DATA_DIR_LOCKED when a living process holds it or does not stop trying. */
export async function takeLock(runDir: string, what: string): Promise<AsyncDisposable> {
  const name = `lock-${bootId()}-${process.pid}-${startTicks(process.pid)}`
  const path = join(runDir, name)
  for (let attempt = 1; ; attempt++) {
    await announce(path, what)
    try {
      const rival = await findRival(runDir, name)
      if (rival === null) {
        const file = await open(path, 'r+')
        await file.write(HELD)
        await file.close()
        return { [Symbol.asyncDispose]: () => unlink(path).catch(() => {}) }
      }
      if (rival.isHolder || attempt === TRIES) throw locked(what, rival.pid)
    } catch (error) {
      await unlink(path).catch(() => {})
      throw error
    }
    await unlink(path)
    // Random, so that two that back off at once do not meet again.
    await new Promise((resolve) => setTimeout(resolve, BACKOFF_MS * (1 + Math.random() * attempt)))
  }
}

const locked = (what: string, pid: number | string): RoostError =>
  new RoostError('DATA_DIR_LOCKED', `${what} is in use by another process (pid ${pid})`)

async function announce(path: string, what: string): Promise<void> {
  try {
    await (await open(path, 'wx', 0o600)).close()
  } catch (error) {
    // The name is this process's own: another part of it holds the lock.
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw locked(what, process.pid)
    throw error
  }
}

interface Rival {
  pid: number
  isHolder: boolean
}

async function findRival(runDir: string, own: string): Promise<Rival | null> {
  const rivals: Rival[] = []
  for (const name of await readdir(runDir)) {
    const match = NAME.exec(name)
    if (!match || name === own) continue
    const path = join(runDir, name)
    if (!isAlive(match[1]!, Number(match[2]), match[3]!)) {
      await unlink(path).catch(() => {})
      continue
    }
    // Gone meanwhile: that process gave up or is done.
    const text = await readFile(path, 'utf8').catch(() => null)
    if (text !== null) rivals.push({ pid: Number(match[2]), isHolder: text === HELD })
  }
  return rivals.find((rival) => rival.isHolder) ?? rivals[0] ?? null
}

function isAlive(boot: string, pid: number, ticks: string): boolean {
  if (boot !== bootId()) return false
  const now = startTicks(pid)
  if (now !== null) return now === ticks
  // A /proc that hides other users' processes (ProtectProc=invisible) tells nothing; a signal that is not sent does.
  try {
    process.kill(pid, 0)
    return !existsSync(`/proc/${pid}/stat`)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The first 8 hex digits of this boot's id: after a power cut all locks are stale, whatever process has their numbers now. */
const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').slice(0, 8)

/** When a process started, in clock ticks since boot (proc(5), field 22 of stat), or null when it does not live. */
function startTicks(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // The name in field 2 may hold spaces and brackets.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' ? null : (fields[19] ?? null)
  } catch {
    return null
  }
}
