import { expect, test } from 'vitest'
import { createAsk } from './ask.ts'
import { createBackup, isOverdue } from './backup.ts'

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status })
const DAY_MS = 86_400_000

function createWorld() {
  const saved: string[] = []
  let nightly: { directory: string; keep: number } | null = null
  const fetchUrl = (async (url: string, init?: RequestInit) => {
    const body = init?.body ? JSON.parse(String(init.body)) : {}
    if (url.endsWith('/download')) {
      if (body.passphrase.length < 12) return json({ detail: 'a passphrase has 12 characters at least' }, 400)
      const headers = { 'content-disposition': 'attachment; filename="roost-1.roostbackup"' }
      return new Response('sealed', { headers })
    }
    if (init?.method === 'PUT') nightly = { directory: body.directory, keep: body.keep }
    if (init?.method === 'DELETE') nightly = null
    if (init?.method === 'DELETE') return new Response(null, { status: 204 })
    if (init?.method === 'POST') return json({ detail: 'is the stick plugged in?' }, 409)
    return json({ nightly, files: [], lastMs: null, lastError: null })
  }) as typeof fetch
  const model = createBackup({ ask: createAsk(fetchUrl), fetchUrl, save: (name) => saved.push(name) })
  return { model, saved }
}

test('nightly backups are set up and ended, and the page says what is then', async () => {
  const { model } = createWorld()
  expect(await model.start({ directory: '/media/usb', keep: 14, passphrase: 'hens lay eggs at dawn' })).toBe(true)
  expect(model.state.value).toMatchObject({ kind: 'ready', backups: { nightly: { directory: '/media/usb' } } })
  await model.makeNow()
  expect(model.said.value).toEqual({ ok: false, why: 'is the stick plugged in?' })
  await model.stop()
  expect(model.state.value).toMatchObject({ backups: { nightly: null } })
})

test('a backup is taken away under its name, or the hub says why not', async () => {
  const { model, saved } = createWorld()
  expect(await model.take('hens lay eggs at dawn')).toBe(true)
  expect(saved).toEqual(['roost-1.roostbackup'])
  expect(await model.take('short')).toBe(false)
  expect(model.said.value).toEqual({ ok: false, why: 'a passphrase has 12 characters at least' })
  expect(saved).toHaveLength(1)
})

test('backups that stopped coming are told', () => {
  const status = { nightly: { directory: '/media/usb', keep: 14 }, files: [], lastMs: 0, lastError: null }
  expect([isOverdue(status, DAY_MS), isOverdue(status, 3 * DAY_MS)]).toEqual([false, true])
  expect(isOverdue({ ...status, nightly: null }, 3 * DAY_MS)).toBe(false)
})
