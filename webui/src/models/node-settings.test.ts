import { expect, test } from 'vitest'
import { createNodeSettings } from './node-settings.ts'

const UID = 'rn-00000000000a'

/** A hub that holds one configuration and refuses a period of 9 s. */
function hub() {
  const held = { rev: 0, settings: null as null | { sample_ms: number; publish_ms: number; sensors: object } }
  const state = { isThere: true }
  const fetchUrl = async (_url: unknown, init?: RequestInit) => {
    if (!state.isThere) throw new TypeError('no network')
    if (init?.method !== 'PUT') return Response.json({ uid: UID, ...held })
    if (new Headers(init.headers).get('if-match') !== `"${held.rev}"`) return Response.json({}, { status: 412 })
    const settings = JSON.parse(String(init.body))
    if (settings.sample_ms === 9_000) return Response.json({ detail: 'body "sample_ms": no' }, { status: 400 })
    held.settings = settings
    held.rev++
    return Response.json({ uid: UID, ...held })
  }
  return { held, state, form: createNodeSettings(UID, fetchUrl as typeof fetch) }
}

test('the form begins with what is set, keeps what it does not show, and closes when the hub took it', async () => {
  const { held, form } = hub()
  await form.open()
  expect(form.state.value).toMatchObject({ kind: 'editing', sampleS: 1, publishS: 5 })
  held.settings = { sample_ms: 2_000, publish_ms: 10_000, sensors: { co2: { offset: 4 } } }
  await form.open()
  expect(form.state.value).toMatchObject({ sampleS: 2, publishS: 10 })
  await form.save(0.5, 4)
  expect(form.state.value).toEqual({ kind: 'closed' })
  expect(held).toEqual({ rev: 1, settings: { sample_ms: 500, publish_ms: 4_000, sensors: { co2: { offset: 4 } } } })
})

test('what somebody else set meanwhile is shown, not overwritten', async () => {
  const { held, form } = hub()
  await form.open()
  Object.assign(held, { rev: 7, settings: { sample_ms: 3_000, publish_ms: 6_000, sensors: {} } })
  await form.save(1, 1)
  expect(form.state.value).toMatchObject({ sampleS: 3, publishS: 6, problem: { kind: 'stale' } })
  expect(held.rev).toBe(7)
})

test('what the hub refuses, or does not hear, stays in the form with the reason', async () => {
  const { state, form } = hub()
  await form.open()
  await form.save(9, 20)
  expect(form.state.value).toMatchObject({ sampleS: 9, problem: { kind: 'refused', detail: 'body "sample_ms": no' } })
  state.isThere = false
  await form.save(2, 4)
  expect(form.state.value).toMatchObject({ sampleS: 2, problem: { kind: 'unreachable' }, isSaving: false })
  await form.open()
  expect(form.state.value).toEqual({ kind: 'closed' })
})
