// Sealing in a thread of its own, so that a full log never makes a node wait. This file is both sides: imported it starts the
// thread, run as one it works.
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { openRealDisk } from './platform/disk.ts'
import type { Span } from './store/files.ts'
import type { Damage } from './store/frame.ts'
import { Head } from './store/head.ts'
import { mergeRollups } from './store/merge.ts'
import { sealBucket } from './store/seal.ts'
import type { Works } from './store/sealed.ts'

type Task = { dir: string } & ({ seal: number } | { merge: readonly Span[] })

/** Of the thread's heap; columns lie outside of it. */
const HEAP_MAX_MB = 96
/** A seal takes seconds; one that hangs (a card that does not answer) is given up and tried again. */
const TIMEOUT_MS = 10 * 60_000
/** In a burst one seal follows the other, and a thread that has warmed up needs half the CPU; without work it goes. */
const IDLE_MS = 20_000

type Answer = { damaged: Damage[] } | { error: Error }

let worker: Worker | null = null
let current: { answered(answer: Answer): void } | null = null
let idleTimer: NodeJS.Timeout | undefined
let last: Promise<unknown> = Promise.resolve()

/** Seals and merges on the real disk in a thread, one task after the other; rejects with what went wrong there. */
export const threadWorks: Works = {
  seal: (dir, bucket) => inTurn({ dir, seal: bucket }),
  merge: (dir, spans) => inTurn({ dir, merge: spans }),
}

function inTurn(task: Task): Promise<Damage[]> {
  const done = last.then(() => runInThread(task))
  last = done.catch(() => {})
  return done
}

function startWorker(): Worker {
  const started = new Worker(new URL(import.meta.url), {
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB, maxYoungGenerationSizeMb: 8 },
  })
  const ended = (error: Error) => {
    if (worker === started) worker = null
    current?.answered({ error })
  }
  started.on('message', (answer: Answer) => current?.answered(answer))
  started.on('error', ended)
  started.on('exit', (code) => ended(new Error(`the sealing thread ended with code ${code}`)))
  return started
}

function runInThread(task: Task): Promise<Damage[]> {
  return new Promise((resolve, reject) => {
    clearTimeout(idleTimer)
    worker ??= startWorker()
    const used = worker
    const timer = setTimeout(() => void used.terminate(), TIMEOUT_MS)
    current = {
      answered(answer) {
        current = null
        clearTimeout(timer)
        used.unref() // it must not keep a hub alive that has closed
        idleTimer = setTimeout(() => void used.terminate(), IDLE_MS).unref()
        if ('error' in answer) reject(answer.error)
        else resolve(answer.damaged)
      },
    }
    used.ref()
    used.postMessage(task)
  })
}

if (!isMainThread && parentPort) {
  const port = parentPort
  const disk = openRealDisk()
  const head = new Head()
  const run = (task: Task) =>
    'seal' in task ? sealBucket(disk, task.dir, task.seal, head) : mergeRollups(disk, task.dir, task.merge)
  port.on('message', (task: Task) => {
    run(task).then(
      (damaged) => port.postMessage({ damaged } satisfies Answer),
      (error: Error) => port.postMessage({ error } satisfies Answer),
    )
  })
}
