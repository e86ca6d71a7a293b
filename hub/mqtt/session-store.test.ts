// The library's own suite for persistences, each case on a fresh store on the simulated disk.
import assert from 'node:assert/strict'
import abstractPersistence from 'aedes-persistence/abstract.js'
import { test } from 'vitest'
import { createSimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { openSessionStore } from './session-store.ts'

const log = createLog(() => {}, Date.now)

abstractPersistence({
  test: (name: string, run: (t: object) => Promise<void>) =>
    test(name, () => run({ assert, diagnostic() {}, plan() {} })),
  persistence: () => openSessionStore({ dir: '/mqtt', disk: createSimDisk(), log }),
  testAsync: true,
})
