// Sealing in a thread of its own, so that a full log never makes a node wait. This file is both sides: imported it starts the
// thread, run as one it works.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { openRealDisk } from './platform/disk.ts'
import type { Span } from './store/files.ts'
import type { Damage } from './store/frame.ts'
import { mergeRollups } from './store/merge.ts'
import { sealBucket } from './store/seal.ts'
import type { Works } from './store/sealed.ts'

type Task = { dir: string } & ({ seal: number } | { merge: readonly Span[] })

/** Of the thread's heap; columns lie outside of it. */
const HEAP_MAX_MB = 96
/** A seal takes seconds; one that hangs (a card that does not answer) is given up and tried again. */
const TIMEOUT_MS = 10 * 60_000

/** Seals and merges on the real disk in a thread; rejects with what went wrong there. */
export const threadWorks: Works = {
  seal: (dir, bucket) => runInThread({ dir, seal: bucket }),
  merge: (dir, spans) => runInThread({ dir, merge: spans }),
}

function runInThread(task: Task): Promise<Damage[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MAX_MB, maxYoungGenerationSizeMb: 8 },
    })
    const timer = setTimeout(() => void worker.terminate(), TIMEOUT_MS)
    worker.once('message', (damaged: Damage[]) => resolve(damaged))
    worker.once('error', reject)
    worker.once('exit', (code) => {
      clearTimeout(timer)
      reject(new Error(`the sealing thread ended with code ${code}`)) // has no effect after a message
    })
  })
}

if (!isMainThread && parentPort) {
  const task = workerData as Task
  const disk = openRealDisk()
  parentPort.postMessage(
    'seal' in task ? await sealBucket(disk, task.dir, task.seal) : await mergeRollups(disk, task.dir, task.merge),
  )
}
