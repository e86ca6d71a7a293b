import { expect, test } from 'vitest'
import type { StickFilesDto, UpdateDto } from '../../../hub/api/update-dto.ts'
import { createAsk } from './ask.ts'
import { createUpdate } from './update.ts'

const MIB = 1024 * 1024
const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })

/** A hub that loses the answers or the pieces whose numbers are given, once each. */
function createWorld({
  lostPieces = [] as number[],
  lostAnswers = [] as number[],
  refusal = '',
  stick = [] as StickFilesDto['files'],
} = {}) {
  const update: UpdateDto = {
    isAppliance: true,
    version: '1.0.0',
    slot: 'A',
    isTrial: false,
    wentBack: false,
    phase: 'idle',
    received: null,
    bundle: null,
    percent: null,
    failure: null,
  }
  let count = 0
  let isGone = false
  const fetchUrl = (async (url: string, init?: RequestInit) => {
    if (isGone) throw new TypeError('no network')
    if (init?.method === 'POST' && url.endsWith('/update')) {
      update.phase = 'receiving'
      update.received = { bytes: 0, ofBytes: JSON.parse(String(init.body)).sizeBytes }
    }
    if (init?.method === 'PUT') {
      count++
      if (lostPieces.includes(count)) throw new TypeError('no network')
      const offset = Number(new URL(url, 'http://box').searchParams.get('offset'))
      const received = update.received!
      if (offset !== received.bytes) return json({ detail: `${received.bytes} are there` }, 400)
      received.bytes = offset + (init.body as Blob).size
      if (received.bytes === received.ofBytes) {
        update.received = null
        if (refusal) {
          update.phase = 'idle'
          return json({ detail: refusal }, 422)
        }
        update.phase = 'checked'
        update.bundle = { version: '1.1.0', build: '' }
      }
      if (lostAnswers.includes(count)) throw new TypeError('no network')
    }
    if (url.endsWith('/sticks')) {
      if (init?.method !== 'POST') return json({ files: stick })
      const { path } = JSON.parse(String(init.body))
      if (!stick.some((file) => file.path === path)) return json({ detail: `there is no ${path} on a stick` }, 400)
      update.phase = 'receiving'
      update.received = { bytes: 0, ofBytes: 5 * MIB }
    }
    if (url.endsWith('/restart')) {
      update.phase = 'restarting'
      setTimeout(() => {
        isGone = true
      })
    }
    return json(update)
  }) as typeof fetch
  const model = createUpdate({ ask: createAsk(fetchUrl), fetchUrl, pause: async () => {} })
  const phase = () => (model.state.value.kind === 'ready' ? model.state.value.update.phase : model.state.value.kind)
  return { model, phase }
}
const file = new Blob([new Uint8Array(2.5 * MIB)])

test('a file goes up in pieces and is found good', async () => {
  const { model, phase } = createWorld()
  await model.upload(file)
  expect(model.problem.value).toBe(null)
  expect(phase()).toBe('checked')
})

test('a lost piece and a lost answer cost a second try and nothing else', async () => {
  for (const lost of [{ lostPieces: [2] }, { lostAnswers: [2] }, { lostPieces: [1, 2, 3], lostAnswers: [5] }]) {
    const { model, phase } = createWorld(lost)
    await model.upload(file)
    expect(model.problem.value).toBe(null)
    expect(phase()).toBe('checked')
  }
})

test('what the hub refuses is told in its words', async () => {
  const { model } = createWorld({ refusal: 'it is for another board' })
  await model.upload(file)
  expect(model.problem.value).toBe('it is for another board')
})

test('while the box restarts the page stays as it was', async () => {
  const { model, phase } = createWorld()
  await model.reload()
  await model.restart()
  await new Promise((resolve) => setTimeout(resolve, 5))
  await model.reload()
  expect(phase()).toBe('restarting')
})

test('the updates on a stick are shown, and one is taken; without a stick, none are', async () => {
  const stick = [{ path: 'sda1/roost-1.1.0.raucb', name: 'roost-1.1.0.raucb', sizeBytes: 5 * MIB }]
  const { model, phase } = createWorld({ stick })
  await model.reload()
  expect(model.sticks.value).toEqual(stick)
  await model.take('sda1/roost-1.1.0.raucb')
  expect([model.problem.value, phase()]).toEqual([null, 'receiving'])
  stick.length = 0
  await model.reload()
  expect(model.sticks.value).toEqual([])
  await model.take('sda1/roost-1.1.0.raucb')
  expect(model.problem.value).toBe('there is no sda1/roost-1.1.0.raucb on a stick')
})
