import fc from 'fast-check'
import { expect, test } from 'vitest'
import { createAddNode, leftOf, type NodeAtPlace, slugOf } from './add-node.ts'
import { createAsk } from './ask.ts'

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })
const PLACE = 'home/north-house/window-1'
const WISH = { house: 'North house', node: 'Window 1', isReplaced: false }

function createWorld() {
  const open = new Map<string, { id: string; place: string }>()
  const asked: string[] = []
  let isAway = false
  let nowMs = 1_000_000
  let at: NodeAtPlace | undefined
  const fetchUrl = (async (url: string, init?: RequestInit) => {
    const method = init?.method ?? 'GET'
    asked.push(`${method} ${url} ${String(init?.body ?? '')}`.trim())
    if (isAway) throw new TypeError('no network')
    if (method === 'DELETE') {
      open.delete(url.split('/').at(-1)!)
      return new Response(null, { status: 204 })
    }
    if (method === 'GET') return json({ enrolments: [...open.values()] })
    const { place, uid = null } = JSON.parse(String(init?.body))
    if (open.size > 0) return json({ detail: 'an enrolment is open already' }, 409)
    const enrolment = { id: 'e1', place, uid, expiresMs: nowMs + 900_000 }
    open.set('e1', enrolment)
    return json({ ...enrolment, code: 'ABCD-EFGH', port: 8443, caSha256: 'ff', qr: 'roost-enrol:1?…' }, 201)
  }) as typeof fetch
  let next = async () => {}
  const model = createAddNode({
    ask: createAsk(fetchUrl),
    timers: {
      after(_, call) {
        next = async () => {
          call()
          for (let i = 0; i < 20; i++) await Promise.resolve()
        }
        return () => {
          next = async () => {}
        }
      },
    },
    nowMs: () => nowMs,
    site: () => 'home',
    nodeAt: (place) => (place === PLACE ? at : undefined),
  })
  return {
    model,
    asked,
    open,
    look: () => next(),
    pass: (ms: number) => {
      nowMs += ms
    },
    arrives: (found: NodeAtPlace) => {
      open.clear()
      at = found
    },
    hangs: (found: NodeAtPlace) => {
      at = found
    },
    away: (value: boolean) => {
      isAway = value
    },
  }
}

test('a node that uses its code is shown as soon as it is there', async () => {
  const { model, look, arrives, asked } = createWorld()
  await model.open(WISH)
  expect(model.state.value).toMatchObject({ kind: 'open', enrolment: { code: 'ABCD-EFGH', place: PLACE } })
  expect(asked).toEqual([`POST /api/v1/enrolments {"place":"${PLACE}","minutes":15}`])
  await look()
  expect(model.state.value.kind).toBe('open')
  arrives({ uid: 'rn-1', serial: 'aa' })
  await look()
  expect(model.state.value).toEqual({ kind: 'in', uid: 'rn-1', place: PLACE })
})

test('a code whose minutes are over and one that a restart made void are told apart, and nobody is said to be in', async () => {
  const late = createWorld()
  await late.model.open(WISH)
  late.open.clear()
  late.pass(900_000)
  await late.look()
  expect(late.model.state.value).toEqual({ kind: 'over', why: 'late' })
  const gone = createWorld()
  await gone.model.open(WISH)
  gone.open.clear()
  for (let i = 0; i < 5; i++) await gone.look()
  expect(gone.model.state.value).toEqual({ kind: 'over', why: 'void' })
})

test('where a node hangs the code is for that one, and only new keys of it count as its coming', async () => {
  const world = createWorld()
  world.hangs({ uid: 'rn-1', serial: 'aa' })
  await world.model.open(WISH)
  expect(world.asked.at(-1)).toContain('"uid":"rn-1"')
  world.open.clear()
  await world.look()
  expect(world.model.state.value.kind).toBe('open')
  world.hangs({ uid: 'rn-1', serial: 'bb' })
  await world.look()
  expect(world.model.state.value).toMatchObject({ kind: 'in', uid: 'rn-1' })
})

test('a new node may take the place of a broken one, and is the one that is said to be in', async () => {
  const world = createWorld()
  world.hangs({ uid: 'rn-1', serial: 'aa' })
  await world.model.open({ ...WISH, isReplaced: true })
  expect(world.asked.at(-1)).toContain('"replaces":"rn-1"')
  world.arrives({ uid: 'rn-2', serial: 'cc' })
  await world.look()
  expect(world.model.state.value).toMatchObject({ kind: 'in', uid: 'rn-2' })
})

test('a hub that does not answer ends nothing; a refusal is told in its words; cancelling closes the code', async () => {
  const world = createWorld()
  await world.model.open(WISH)
  world.away(true)
  for (let i = 0; i < 9; i++) await world.look()
  expect(world.model.state.value.kind).toBe('open')
  world.away(false)
  await world.model.cancel()
  expect([world.model.state.value.kind, world.open.size]).toEqual(['form', 0])
  world.open.set('x', { id: 'x', place: 'p' })
  await world.model.open(WISH)
  expect(world.model.state.value).toMatchObject({ kind: 'form', problem: 'an enrolment is open already' })
  world.away(true)
  await world.model.open(WISH)
  expect(world.model.state.value).toMatchObject({ kind: 'form', problem: '' })
})

test('whatever people write becomes a part of a place that the hub takes, or nothing', () => {
  expect(['North wall', ' Hühner 2 ', '***', 'a'.repeat(50)].map(slugOf)).toEqual([
    'north-wall',
    'huhner-2',
    '',
    'a'.repeat(32),
  ])
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(slugOf(text)).toMatch(/^([a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?)?$/)
    }),
  )
  expect(leftOf(61_500, 0)).toEqual({ minutes: 1, seconds: 1 })
  expect(leftOf(0, 5_000)).toEqual({ minutes: 0, seconds: 0 })
})
