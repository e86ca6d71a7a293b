// The pages for whoever is not signed in, made here and not by the UI: to claim the box, and to log in. A form each, a style sheet, and a
// script that adds the phone's clock; the UI itself is not shown to strangers.
import { readFileSync } from 'node:fs'
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import * as v from 'valibot'
import { ERROR_CODES, isRoostError, RoostError } from '../core/errors.ts'
import { DOOR_WORDS, type DoorLanguage, type DoorWords } from './door-words.ts'
import { originOf } from './guard.ts'
import { type HttpsSources, isHttps } from './https.ts'
import { route } from './openapi/route.ts'
import { statusOf } from './problem.ts'
import { check } from './request.ts'
import {
  claimBox,
  claimSchema,
  giveSession,
  LANGUAGES,
  loginSchema,
  recoverSchema,
  type StaffSources,
} from './staff.ts'

const CSS = readFileSync(new URL('door.css', import.meta.url), 'utf8')
const JS = `const field = document.querySelector('input[name="tMs"]')
if (field) document.querySelector('form').addEventListener('submit', () => { field.value = String(Date.now()) })
`

type Values = Record<string, string>
interface Field {
  name: string
  label: string
  type?: string
  autocomplete?: string
  note?: string
  optional?: boolean
  /** A choice of these. */
  options?: readonly (readonly [value: string, label: string])[]
}

const LANGUAGE_NAMES: Record<DoorLanguage, string> = { en: 'English', de: 'Deutsch', es: 'Español' }

type Kind = 'claim' | 'login' | 'recover'

/** What each page asks for. */
const FIELDS: Record<Kind, (words: DoorWords) => Field[]> = {
  claim: (words) => [
    { name: 'code', ...words.code, autocomplete: 'one-time-code' },
    { name: 'farm', ...words.farm },
    { name: 'firstHouse', ...words.firstHouse, optional: true },
    {
      name: 'language',
      ...words.language,
      options: LANGUAGES.map((language) => [language, LANGUAGE_NAMES[language]]),
    },
    { name: 'name', ...words.name, autocomplete: 'username' },
    { name: 'password', ...words.firstPassword, type: 'password', autocomplete: 'new-password' },
  ],
  login: (words) => [
    { name: 'name', ...words.name, autocomplete: 'username' },
    { name: 'password', ...words.password, type: 'password', autocomplete: 'current-password' },
  ],
  recover: (words) => [
    { name: 'code', ...words.codeAgain, autocomplete: 'one-time-code' },
    { name: 'name', ...words.name, autocomplete: 'username' },
    { name: 'password', ...words.newPassword, type: 'password', autocomplete: 'new-password' },
  ],
}

function field({ name, label, type = 'text', autocomplete = 'off', note, optional, options }: Field, value: string) {
  const about = note ? html`aria-describedby="${name}-note"` : ''
  const input = html`<input id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" autocapitalize="off" spellcheck="false"
  maxlength="128" value="${type === 'password' ? '' : value}" ${about} ${optional ? '' : 'required'}>`
  const choice = html`<select id="${name}" name="${name}" ${about}>${options?.map(
    ([each, text]) => html`<option value="${each}" ${each === value ? 'selected' : ''}>${text}</option>`,
  )}</select>`
  return html`
<label for="${name}">${label}</label>${note ? html`<p class="note" id="${name}-note">${note}</p>` : ''}
${options ? choice : input}`
}

const isDoorLanguage = (language: string | undefined): language is DoorLanguage =>
  language !== undefined && (LANGUAGES as readonly string[]).includes(language)

/** The first language that the browser asks for and this page has; else the farm's, else English. */
function languageOf(c: Context, ofFarm: string | undefined): DoorLanguage {
  const asked = (c.req.header('accept-language') ?? '').slice(0, 256).split(',')
  const known = asked.map((each) => each.trim().slice(0, 2).toLowerCase())
  return [...known, ofFarm].find(isDoorLanguage) ?? 'en'
}

interface Shown {
  kind: Kind
  language: DoorLanguage
  isOverHttps: boolean
}

function page(c: Context, { kind, language, isOverHttps }: Shown, values: Values = {}, error: unknown = null) {
  const words = DOOR_WORDS[language]
  const { title, lead, button } = words[kind]
  const wrong = isRoostError(error) ? error.message || ERROR_CODES[error.code] : null
  c.header('cache-control', 'no-store')
  return c.html(
    html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>${title} · Roost</title><link rel="stylesheet" href="/door.css">
<script src="/door.js" defer></script></head>
<body><main><h1>${title}</h1>
${lead ? html`<p>${lead}</p>` : ''}
${wrong ? html`<p class="wrong" role="alert">${wrong[0]!.toUpperCase()}${wrong.slice(1)}.</p>` : ''}
<form method="post" action="/${kind}">
${FIELDS[kind](words).map((each) => field(each, values[each.name] ?? (each.name === 'language' ? language : '')))}
${kind === 'claim' ? html`<input type="hidden" name="tMs" value="">` : ''}
<button type="submit">${button}</button></form>
${kind === 'login' ? html`<p><a href="/recover">${words.forgotten}</a></p>` : ''}
${kind === 'login' && isOverHttps && !isHttps(c) ? html`<p><a href="/trust">${words.trust.link}</a>${words.trust.why}</p>` : ''}
${kind === 'claim' ? html`<p><a href="/restore">${words.restore}</a></p>` : ''}
</main></body></html>`,
    wrong ? statusOf(error) : 200,
  )
}

const pageDoc = (summary: string) => route({ summary, answers: { 200: 'text/html', 303: null } })
const formDoc = (summary: string) =>
  route({ summary, rawBody: 'application/x-www-form-urlencoded', answers: { 303: null } })

export function doorRoutes(sources: StaffSources & HttpsSources) {
  const { staff } = sources
  const show = (c: Context, kind: Kind, values?: Values, error?: unknown) =>
    page(
      c,
      { kind, language: languageOf(c, staff.farm()?.language), isOverHttps: typeof sources.https?.port() === 'number' },
      values,
      error,
    )
  const entered = (c: Context) => c.redirect('/', 303)
  async function readForm(c: Context): Promise<Values> {
    const form = await c.req.parseBody()
    return Object.fromEntries(
      Object.entries(form).map(([name, value]) => [name, typeof value === 'string' ? value : '']),
    )
  }
  /** Does what a form asks, and shows the form again, with the reason, when it cannot be done. */
  async function answer(c: Context, kind: Kind, work: (values: Values) => Promise<void>) {
    const values = await readForm(c)
    try {
      await work(values)
      return entered(c)
    } catch (error) {
      if (!isRoostError(error)) throw error
      return show(c, kind, values, error)
    }
  }
  return new Hono()
    .get('/claim', pageDoc('The page to claim a new box'), (c) => (staff.isClaimed() ? entered(c) : show(c, 'claim')))
    .post('/claim', formDoc('Claim a new box, by the form'), (c) =>
      answer(c, 'claim', async ({ tMs, ...values }) => {
        const clock = tMs && /^\d{1,15}$/.test(tMs) ? { tMs: Number(tMs) } : {}
        await claimBox(c, sources, check(claimSchema, { ...values, ...clock }, 'form'))
      }),
    )
    .get('/login', pageDoc('The page to log in'), (c) => (c.get('caller') ? entered(c) : show(c, 'login')))
    .post('/login', formDoc('Log in, by the form'), (c) =>
      answer(c, 'login', async (values) => {
        if (!v.is(loginSchema, values)) throw new RoostError('BAD_REQUEST', 'name or password is missing')
        giveSession(c, await staff.login(values.name, values.password, originOf(c)))
      }),
    )
    .get('/recover', pageDoc('The page for a new password, with the code printed on the box'), (c) =>
      show(c, 'recover'),
    )
    .post('/recover', formDoc('A new password for an admin with the code of the box, by the form'), (c) =>
      answer(c, 'recover', async (values) => {
        giveSession(c, await staff.recover(check(recoverSchema, values, 'form'), originOf(c)))
      }),
    )
    .get('/door.css', route({ summary: 'How these pages look', answers: { 200: 'text/css' } }), (c) =>
      c.body(CSS, 200, { 'content-type': 'text/css; charset=utf-8' }),
    )
    .get('/door.js', route({ summary: 'The script of these pages', answers: { 200: 'text/javascript' } }), (c) =>
      c.body(JS, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
    )
}
