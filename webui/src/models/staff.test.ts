import { expect, test } from 'vitest'
import { createStaffModel } from './staff.ts'

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })

/** A hub with one account and a signed-in person who may these things. */
function createHub(permissions: string[]) {
  const asked: string[] = []
  const accounts = [{ name: 'Ada', role: 'admin' }]
  const fetchUrl = (async (url: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${url}`)
    if (url === '/api/v1/session') return json({ name: 'Ada', role: 'admin', open: false, permissions })
    if (url === '/api/v1/staff/sessions') return json({ sessions: [] })
    if (url === '/api/v1/session/people') return json({ names: ['Ada', 'Ben'] })
    if (url === '/api/v1/staff/tokens')
      return init?.method ? json({ id: '1', token: 'secret' }, 201) : json({ tokens: [] })
    if (init?.method === 'POST') {
      const account = JSON.parse(String(init.body))
      if (accounts.some(({ name }) => name === account.name)) return json({ detail: 'there is one' }, 409)
      accounts.push(account)
      return new Response(null, { status: 201 })
    }
    return json({ accounts })
  }) as typeof fetch
  return { fetchUrl, asked }
}

test('who may not manage people is not shown them, and the hub is not asked', async () => {
  const hub = createHub(['farm.read'])
  const staff = createStaffModel(hub.fetchUrl)
  await staff.reload()
  expect(staff.state.value).toMatchObject({ kind: 'ready', people: null })
  expect(hub.asked).toEqual(['GET /api/v1/session', 'GET /api/v1/session/people'])
})

test('a change shows what the hub has then, and a refusal says why in the hub’s words', async () => {
  const staff = createStaffModel(createHub(['staff.manage']).fetchUrl)
  expect(await staff.add({ name: 'Ben', role: 'worker', password: 'barn door' })).toBe(true)
  expect(staff.state.value).toMatchObject({ people: { accounts: [{ name: 'Ada' }, { name: 'Ben' }] } })
  expect(await staff.add({ name: 'Ben', role: 'worker', password: 'barn door' })).toBe(false)
  expect(staff.problem.value).toBe('there is one')
})

test('a hub that does not answer is told, and nothing old is shown as if it were true', async () => {
  const staff = createStaffModel((async () => Promise.reject(new TypeError('no network'))) as typeof fetch)
  await staff.reload()
  expect(staff.state.value).toEqual({ kind: 'error' })
  expect(await staff.logOut()).toBe(false)
  expect(staff.problem.value).toBe('')
})

test('who takes over this phone is somebody else with a PIN, and a new token is given once', async () => {
  const staff = createStaffModel(createHub(['staff.manage']).fetchUrl)
  await staff.reload()
  expect(staff.state.value).toMatchObject({ pinNames: ['Ben'] })
  expect(await staff.addToken('Grafana', ['metrics.read'])).toBe('secret')
  expect(JSON.stringify(staff.state.value)).not.toContain('secret')
})
