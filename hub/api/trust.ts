// The page on which a phone learns to trust this box: /trust, and the CA's certificate to install.
import { type Context, Hono } from 'hono'
import { html } from 'hono/html'
import { RoostError } from '../core/errors.ts'
import { derOf, fingerprintOf } from '../ui-tls/ui-certificate.ts'
import { type HttpsSources, isHttps } from './https.ts'
import { route } from './openapi/route.ts'

const CA_PATH = '/trust/roost-ca.crt'

const WAYS: readonly (readonly [device: string, steps: readonly string[]])[] = [
  [
    'iPhone and iPad',
    [
      'Open this page in Safari and tap “Download the certificate”, then “Allow”.',
      'Settings → General → VPN & Device Management → the profile “Roost box …” → Install.',
      'Settings → General → About → Certificate Trust Settings → switch “Roost box …” on.',
    ],
  ],
  [
    'Android',
    [
      'Tap “Download the certificate”.',
      'Settings → search for “CA certificate” (under Security → More security settings → Install from storage).',
      '“Install anyway”, and choose roost-ca.crt. The phone needs a screen lock for this.',
    ],
  ],
  [
    'Windows',
    [
      'Download the certificate and open it: “Install Certificate” → “Current User”.',
      '“Place all certificates in the following store” → Browse → “Trusted Root Certification Authorities”.',
    ],
  ],
  [
    'Mac',
    [
      'Download the certificate and open it with Keychain Access.',
      'Double-click “Roost box …” → Trust → “Always Trust”.',
    ],
  ],
  [
    'Firefox on any computer',
    ['Settings → Privacy & Security → View Certificates → Authorities → Import, and tick “identify websites”.'],
  ],
]

const frame = (body: ReturnType<typeof html>) => html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>Trust this box · Roost</title><link rel="stylesheet" href="/door.css"></head>
<body><main><h1>Trust this box</h1>${body}<p><a href="/">Back to the farm</a></p></main></body></html>`

const off = () =>
  frame(
    html`<p>This box serves its pages over HTTP only: there is nothing to trust. Whoever set it up turns HTTPS on with the option --https.</p>`,
  )

function page(c: Context, caPem: string, port: number) {
  const { hostname } = new URL(c.req.url)
  const address = `https://${hostname}${port === 443 ? '' : `:${port}`}/`
  return frame(html`
<p>Over HTTPS nobody in the network can read along. For that each phone and computer learns once to trust this box.</p>
<p><a class="button" href="${CA_PATH}" download>Download the certificate</a></p>
<p class="note">It is good for this farm’s own network only: nobody can use it to pass for a page of the internet.</p>
${WAYS.map(([device, steps]) => html`<h2>${device}</h2><ol>${steps.map((step) => html`<li>${step}</li>`)}</ol>`)}
<h2>Then</h2>
<p>Open <a href="${address}">${address}</a>${isHttps(c) ? ', where you are now' : ''}. No warning may come; if one does, go back to the steps above.</p>
<h2>Is it the right one?</h2>
<p>The phone can show the certificate’s SHA-256 fingerprint. It is, on the box’s own page and on the phone:</p>
<p class="fingerprint">${fingerprintOf(caPem)}</p>`)
}

const docs = {
  page: route({ summary: 'The page on which a phone learns to trust this box', answers: { 200: 'text/html' } }),
  ca: route({
    summary: 'The CA of the pages over HTTPS, to install on phones (DER)',
    answers: { 200: 'application/x-x509-ca-cert' },
    errors: ['CERTIFICATE_UNKNOWN'],
  }),
}

export const trustRoutes = ({ https }: HttpsSources) =>
  new Hono()
    .get('/trust', docs.page, (c) => {
      const port = https?.port() ?? null
      return c.html(https && port !== null ? page(c, https.caPem, port) : off())
    })
    .get(CA_PATH, docs.ca, (c) => {
      if (!https) throw new RoostError('CERTIFICATE_UNKNOWN', 'this box does not serve its pages over HTTPS')
      return c.body(derOf(https.caPem), 200, {
        'content-type': 'application/x-x509-ca-cert',
        'content-disposition': 'attachment; filename="roost-ca.crt"',
      })
    })
