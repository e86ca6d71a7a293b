// GET /api/v1/openapi.json, and a page that shows it: /api-docs. Both without the internet.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { html } from 'hono/html'
import * as v from 'valibot'
import type { AppRoute } from './document.ts'
import { route } from './route.ts'

const file = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')
const SCRIPT = file('viewer.js')
const STYLE = file('viewer.css')

const page = () => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>API · Roost</title><link rel="stylesheet" href="/door.css">
<link rel="stylesheet" href="/api-docs.css"><script type="module" src="/api-docs.js"></script></head>
<body><main class="api"><p><a href="/">Back to the farm</a></p><h1>API</h1>
<p id="about">Asking the hub</p><p>Machines send <code>Authorization: Bearer …</code> with a token from the page Staff.
The document behind this page is <a href="/api/v1/openapi.json">openapi.json</a>.</p>
<div id="list"></div></main></body></html>`

const docs = {
  document: route({
    summary: 'This document: OpenAPI 3.1',
    answers: { 200: v.looseObject({ openapi: v.literal('3.1.1'), info: v.looseObject({}), paths: v.looseObject({}) }) },
  }),
  page: route({ summary: 'The page that shows the API', answers: { 200: 'text/html' } }),
  script: route({ summary: 'The script of that page', answers: { 200: 'text/javascript' } }),
  style: route({ summary: 'The style sheet of that page', answers: { 200: 'text/css' } }),
}

/** `routes`: those of the whole application, asked when the document is. */
export function openApiRoutes({ routes, version }: { routes(): readonly AppRoute[]; version: string }) {
  let made: Promise<{ text: string; etag: string }> | null = null
  async function make() {
    const { openApiDocument } = await import('./document.ts')
    const text = JSON.stringify(openApiDocument(routes(), version))
    return { text, etag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"` }
  }
  return new Hono()
    .get('/api/v1/openapi.json', docs.document, async (c) => {
      made ??= make()
      const { text, etag } = await made
      const headers = { etag, 'cache-control': 'no-cache' }
      if (c.req.header('if-none-match') === etag) return c.body(null, 304, headers)
      return c.body(text, 200, { ...headers, 'content-type': 'application/json' })
    })
    .get('/api-docs', docs.page, (c) => c.html(page()))
    .get('/api-docs.js', docs.script, (c) => c.body(SCRIPT, 200, { 'content-type': 'text/javascript; charset=utf-8' }))
    .get('/api-docs.css', docs.style, (c) => c.body(STYLE, 200, { 'content-type': 'text/css; charset=utf-8' }))
}
