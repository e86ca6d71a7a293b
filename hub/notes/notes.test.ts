import { expect, test } from 'vitest'
import { createSimClock, SIM_START_MS } from '../../test/sim/clock.ts'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import { createLog } from '../core/log.ts'
import { openNotes } from './notes.ts'

const log = createLog(
  () => {},
  () => 0,
)
const open = (disk: SimDisk, clock = createSimClock()) => openNotes({ dir: '/notes', disk, clock, log })
const all = { house: null, fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, limit: 100 }
const note = (text: string, tMs = SIM_START_MS, house = 'home/h1') => ({ house, tMs, text })

test('notes of a house and a stretch of time, the newest first; one that was taken away is gone', async () => {
  const notes = await open(createSimDisk())
  const first = await notes.add(note('fan 3 repaired', SIM_START_MS - 5_000), 'Ada')
  await notes.add(note('feed changed'), 'Ben')
  await notes.add(note('elsewhere', SIM_START_MS, 'home/h2'), 'Ben')
  const own = notes.list({ ...all, house: 'home/h1' })
  expect(own.map(({ text, by }) => [text, by])).toEqual([
    ['feed changed', 'Ben'],
    ['fan 3 repaired', 'Ada'],
  ])
  expect(notes.list({ ...all, fromMs: SIM_START_MS, limit: 1 })).toHaveLength(1)
  expect(notes.list({ ...all, toMs: SIM_START_MS }).map(({ text }) => text)).toEqual(['fan 3 repaired'])
  await notes.remove(first.id)
  await expect(notes.remove(first.id)).rejects.toMatchObject({ code: 'NOTE_UNKNOWN' })
  expect(notes.list(all)).toHaveLength(2)
})

test('what is to come is no note', async () => {
  const notes = await open(createSimDisk())
  await expect(notes.add(note('tomorrow', SIM_START_MS + 86_400_000), 'Ada')).rejects.toMatchObject({
    code: 'BAD_REQUEST',
  })
  expect(notes.list(all)).toEqual([])
})

test('the last note of all can be taken away too, and its number is not given again', async () => {
  const disk = createSimDisk()
  const notes = await open(disk)
  const { id } = await notes.add(note('slip'), 'Ada')
  await notes.remove(id)
  const again = await open(disk.reboot())
  expect(again.list(all)).toEqual([])
  expect((await again.add(note('right'), 'Ada')).id).not.toBe(id)
})

test('a power cut at any moment keeps every note that was promised', async () => {
  let wasCut = true
  let cuts = 0
  for (let cutAtOp = 1; wasCut; cutAtOp++) {
    const disk = createSimDisk({ cutAtOp })
    let promised = 0
    try {
      const notes = await open(disk)
      for (const text of ['one', 'two']) {
        await notes.add(note(text), 'Ada')
        promised++
      }
      wasCut = false
    } catch {
      cuts++
    }
    const found = (await open(disk.reboot())).list(all).length
    expect([promised, promised + 1], `cut at operation ${cutAtOp}`).toContain(found)
  }
  expect(cuts).toBeGreaterThan(5)
})
