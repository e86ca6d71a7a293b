// A new box becomes a farm that was before, from its backup: the page /restore beside the claim page, and POST /api/v1/restore behind it.
// The file is the body; code and passphrase come as headers (percent-encoded), so that the file need not be held in memory to find them.
import { Hono } from 'hono'
import { html } from 'hono/html'
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import type { Origin } from '../staff/staff.ts'
import type { RestoredDto } from './contract.ts'
import { originOf, RESTORE_MAX_BYTES, RESTORE_PATH } from './guard.ts'
import { route } from './openapi/route.ts'

const SECRET_MAX_CHARACTERS = 2_048

export interface RestoreSources {
  staff: { isClaimed(): boolean }
  restore: {
    /**
     * Puts the farm of a backup in place of this unclaimed box and starts the hub again on it. CODE_WRONG, CLAIMED, TOO_MANY,
     * BACKUP_UNUSABLE, BUSY, DISK: nothing is changed.
     */
    run(
      wish: { code: string; passphrase: string; sealed: AsyncIterable<Uint8Array> },
      from: Origin,
    ): Promise<RestoredDto>
  }
}

const JS = `const form = document.querySelector('form')
const says = document.querySelector('#says')
const button = form.querySelector('button')
const say = (text, isWrong) => {
  says.textContent = text
  says.className = isWrong ? 'wrong' : ''
}
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
form.addEventListener('submit', async (event) => {
  event.preventDefault()
  const { code, passphrase, file } = form.elements
  button.disabled = true
  say('The backup is being read. This takes about a minute.', false)
  try {
    const headers = {
      'content-type': 'application/octet-stream',
      'x-roost-code': encodeURIComponent(code.value),
      'x-roost-passphrase': encodeURIComponent(passphrase.value),
    }
    const response = await fetch('${RESTORE_PATH}', { method: 'POST', headers, body: file.files[0] })
    const answer = await response.json()
    if (!response.ok) throw new Error(answer.detail)
    say('The farm' + (answer.farm ? ' ' + answer.farm : '') + ' is back. The box starts again.', false)
    for (;;) {
      await pause(1000)
      const page = await fetch('/login', { redirect: 'manual' }).catch(() => null)
      if (page && page.ok) return location.assign('/login')
    }
  } catch (error) {
    const text = String(error.message || error)
    say(text[0].toUpperCase() + text.slice(1) + '.', true)
    button.disabled = false
  }
})
`

const page = () => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Restore a farm · Roost</title><link rel="stylesheet" href="/door.css">
<script src="/restore.js" defer></script></head>
<body><main><h1>Restore a farm</h1>
<p>This box takes the place of the one that was before: nodes, staff and settings come from a backup, and the nodes connect again by themselves.</p>
<form method="post">
<label for="code">Code of the box</label><p class="note" id="code-note">On the label below the box.</p>
<input id="code" name="code" autocomplete="one-time-code" autocapitalize="off" spellcheck="false" maxlength="128" aria-describedby="code-note" required>
<label for="file">The backup</label><p class="note" id="file-note">A file that ends in .roostbackup.</p>
<input id="file" name="file" type="file" aria-describedby="file-note" required>
<label for="passphrase">Its passphrase</label>
<input id="passphrase" name="passphrase" type="password" autocomplete="off" maxlength="512" required>
<button type="submit">Restore</button></form>
<p id="says" role="status"></p>
<p><a href="/claim">Claim it as a new farm instead</a></p>
</main></body></html>`

const restoredShape: v.GenericSchema<RestoredDto> = v.strictObject({ farm: v.nullable(v.string()), madeMs: v.number() })
const docs = {
  page: route({ summary: 'The page to restore a farm on a new box', answers: { 200: 'text/html', 303: null } }),
  script: route({ summary: 'The script of that page', answers: { 200: 'text/javascript' } }),
  restore: route({
    summary: 'Put the farm of a backup in place of this unclaimed box; the hub starts again',
    rawBody: 'application/octet-stream',
    headers: {
      'x-roost-code': 'The code printed on the box, percent-encoded',
      'x-roost-passphrase': 'The passphrase of the backup, percent-encoded',
    },
    answers: { 202: restoredShape },
    errors: ['CODE_WRONG', 'CLAIMED', 'TOO_MANY', 'BACKUP_UNUSABLE', 'BUSY', 'DISK'],
  }),
}

export function restoreRoutes({ staff, restore }: RestoreSources) {
  return new Hono()
    .get('/restore', docs.page, (c) => {
      if (staff.isClaimed()) return c.redirect('/login', 303)
      c.header('cache-control', 'no-store')
      return c.html(page())
    })
    .get('/restore.js', docs.script, (c) => c.body(JS, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
    .post(RESTORE_PATH, docs.restore, async (c) => {
      const [code, passphrase] = ['x-roost-code', 'x-roost-passphrase'].map((name) => secretOf(c.req.header(name)))
      if (!code || !passphrase) throw new RoostError('BAD_REQUEST', 'the code of the box or the passphrase is missing')
      const { body } = c.req.raw
      if (!body) throw new RoostError('BAD_REQUEST', 'the backup is missing')
      const restored = await restore.run({ code, passphrase, sealed: bounded(body) }, originOf(c))
      return c.json<RestoredDto>(restored, 202)
    })
}

/** What a header says, percent-decoded; '' when it is missing or no such thing. */
function secretOf(header: string | undefined): string {
  if (header === undefined || header.length > SECRET_MAX_CHARACTERS) return ''
  try {
    return decodeURIComponent(header)
  } catch {
    return ''
  }
}

async function* bounded(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  let sizeBytes = 0
  for await (const piece of body) {
    sizeBytes += piece.length
    if (sizeBytes > RESTORE_MAX_BYTES)
      throw new RoostError('BACKUP_UNUSABLE', `it has more than ${RESTORE_MAX_BYTES} bytes`)
    yield piece
  }
}
