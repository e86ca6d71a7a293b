import { describe } from 'vitest'
import { bootSlotsContract, type SlotsBox } from '../../hub/core/boot-slots.contract.ts'
import { createSimSlots, simBundle } from './boot-slots.ts'
import { createSimDisk } from './disk.ts'

async function openBox(): Promise<SlotsBox> {
  const disk = createSimDisk()
  const slots = createSimSlots(disk)
  let count = 0
  const { install } = slots
  return {
    slots: {
      ...slots,
      async install(path, onProgress) {
        await install(path, onProgress).finally(() => {
          slots.breaksWith = null
        })
      },
    },
    async file(bundle) {
      const path = `/bundle-${++count}`
      const file = await disk.open(path, 'create')
      await file.write(bundle ? simBundle(bundle) : Buffer.from('text'), 0)
      await file.close()
      return path
    },
    breakWith(reason) {
      slots.breaksWith = reason
    },
    started: () => slots.start(),
    judged: (verdict) => slots.judge(verdict),
    async [Symbol.asyncDispose]() {},
  }
}

describe('the simulated boot slots', () => bootSlotsContract(openBox))
