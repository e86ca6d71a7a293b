// What a phone must load: the sizes of the build, printed, and held to the budget.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

const FIRST_MAX_BYTES = 60_000
const ALL_MAX_BYTES = 120_000
const dist = fileURLToPath(new URL('../../webui/dist/', import.meta.url))

const gzipBytes = (name: string) => gzipSync(readFileSync(`${dist}assets/${name}`), { level: 9 }).length

/** A phone loads the words of one language: the largest counts. */
const LANGUAGE = /^(en|de|es)-[\w-]+\.js$/

test('the first screen needs at most 60 kB of JavaScript, everything at most 120 kB', () => {
  if (!existsSync(`${dist}index.html`)) throw new Error('the web UI is not built: npm run build')
  const index = readFileSync(`${dist}index.html`, 'utf8')
  const scripts = readdirSync(`${dist}assets`).filter((name) => name.endsWith('.js'))
  const languages = scripts.filter((name) => LANGUAGE.test(name))
  const first = scripts.filter((name) => index.includes(name))
  expect(first).not.toEqual([])
  expect(languages).not.toEqual([])
  expect(index).not.toMatch(/<script(?![^>]*src=)/) // the content policy allows no inline script
  const sum = (names: string[]) => names.reduce((bytes, name) => bytes + gzipBytes(name), 0)
  const words = Math.max(...languages.map(gzipBytes))
  const firstBytes = sum(first) + words
  const allBytes = sum(scripts.filter((name) => !languages.includes(name))) + words
  console.log(
    `web UI, JavaScript with gzip: first screen ${firstBytes} bytes, all ${allBytes} bytes, of them ${words} bytes of words; ${languages.length} languages`,
  )
  expect(firstBytes).toBeLessThanOrEqual(FIRST_MAX_BYTES)
  expect(allBytes).toBeLessThanOrEqual(ALL_MAX_BYTES)
})
