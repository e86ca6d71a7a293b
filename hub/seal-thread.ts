// Sealing in a thread of its own, so that a full log never makes a node wait. This file is both sides: imported it starts the
// thread, run as one it seals.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { openRealDisk } from './platform/disk.ts'
import type { Damage } from './store/frame.ts'
import { sealBucket } from './store/seal.ts'

interface Task {
  dir: string
  bucket: number
}

/** Of the thread's heap; columns lie outside of it. */
const HEAP_MAX_MB = 96
/** A seal takes seconds; one that hangs (a card that does not answer) is given up and tried again. */
const TIMEOUT_MS = 10 * 60_000

/** Seals a bucket of the real disk in a thread; rejects with what went wrong there. */
export function sealInThread(dir: string, bucket: number): Promise<Damage[]> {
  return new Promise((resolve, reject) => {
    const task: Task = { dir, bucket }
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
  const { dir, bucket } = workerData as Task
  parentPort.postMessage(await sealBucket(openRealDisk(), dir, bucket))
}
