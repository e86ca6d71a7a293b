import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'
import { diskContract } from '../core/disk.contract.ts'
import { openRealDisk } from './disk.ts'

const root = await mkdtemp(join(tmpdir(), 'roost-disk-'))
afterAll(() => rm(root, { recursive: true }))

diskContract('the real disk', async () => ({ disk: openRealDisk(), dir: await mkdtemp(join(root, 'd-')) }))
