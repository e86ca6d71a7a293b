// The built web UI: files of one directory, `index.html` for every page address; nothing outside the directory is ever read.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Hono } from 'hono'

const TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
  '.json': 'application/json',
}
/** The build is well under a mebibyte; more than this is not our UI. */
const TOTAL_MAX_BYTES = 16 * 2 ** 20

interface Asset {
  type: string
  plain: Buffer<ArrayBuffer>
  gzip: Buffer<ArrayBuffer> | null
  etag: string
  /** Vite puts a hash of the content into the name. */
  isImmutable: boolean
}

/** All files below `dir`, read once: what is served is what is in this map, so no path can lead out of it. */
function readAssets(dir: string): Map<string, Asset> {
  const assets = new Map<string, Asset>()
  let totalBytes = 0
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    totalBytes += statSync(path).size
    if (totalBytes > TOTAL_MAX_BYTES) throw new Error(`${dir} holds more than ${TOTAL_MAX_BYTES} bytes`)
    const plain = Buffer.from(readFileSync(path))
    const gzip = gzipSync(plain, { level: 9 })
    const url = `/${relative(dir, path).split(sep).join('/')}`
    assets.set(url, {
      type: TYPES[extname(path)] ?? 'application/octet-stream',
      plain,
      gzip: gzip.length < plain.length * 0.9 ? gzip : null,
      etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
      isImmutable: url.startsWith('/assets/'),
    })
  }
  return assets
}

const NOT_BUILT = 'The web UI is not built: run "npm run build" and start the hub again.\n'

/** Serves the UI that was built into `dir`; without a build every page says how to get one. */
export function uiRoutes(dir: string) {
  let assets: Map<string, Asset>
  try {
    assets = readAssets(dir)
  } catch {
    assets = new Map()
  }
  return new Hono().get('/*', (c) => {
    const path = c.req.path
    const index = assets.get('/index.html')
    if (!index) return c.text(NOT_BUILT, 503)
    const asset = assets.get(path) ?? (extname(path) === '' ? index : undefined)
    if (!asset) return c.notFound()
    const headers: Record<string, string> = {
      'content-type': asset.type,
      'cache-control': asset.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      etag: asset.etag,
      vary: 'accept-encoding',
    }
    if (c.req.header('if-none-match') === asset.etag) return c.body(null, 304, headers)
    const isGzip = asset.gzip !== null && /\bgzip\b/.test(c.req.header('accept-encoding') ?? '')
    if (isGzip) headers['content-encoding'] = 'gzip'
    return c.body(isGzip ? asset.gzip! : asset.plain, 200, headers)
  })
}
