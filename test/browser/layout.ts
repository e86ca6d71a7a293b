// A page held against the picture of it that is kept in pictures/: not letter by letter, which fonts and live values change, but as somebody
// sees it from across the room. ROOST_PICTURES=write makes the pictures anew.
import { mkdirSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const PICTURES = fileURLToPath(new URL('pictures/', import.meta.url))
/** Squares of the picture on the shorter side. */
const SQUARES = 16
/** Of 255: the mean of all squares, and what makes a square another one. */
const MEAN_MAX = 16
const SQUARE_MAX = 56
/** Part of all squares that may be another: a line more of text, a longer number, another font. */
const OTHERS_MAX = 0.15

/** Fails when the page is laid out otherwise than in pictures/`name`.png. */
export async function expectLayout(page: Page, name: string): Promise<void> {
  const path = `${PICTURES}${name}.png`
  const shot = await page.screenshot()
  if (process.env.ROOST_PICTURES === 'write') {
    mkdirSync(PICTURES, { recursive: true })
    await writeFile(path, shot)
    return
  }
  const kept = await readFile(path)
  // Drawn small by a page of its own: the one that is looked at allows no pictures of elsewhere.
  const blank = await page.context().newPage()
  const { mean, others } = await blank.evaluate<{ mean: number; others: number }>(`(async () => {
    const square = async (base64) => {
      const image = new Image()
      image.src = 'data:image/png;base64,' + base64
      await image.decode()
      const scale = ${SQUARES} / Math.min(image.width, image.height)
      const canvas = document.createElement('canvas')
      canvas.width = Math.round(image.width * scale)
      canvas.height = Math.round(image.height * scale)
      const context = canvas.getContext('2d')
      context.imageSmoothingQuality = 'high'
      context.drawImage(image, 0, 0, canvas.width, canvas.height)
      return context.getImageData(0, 0, canvas.width, canvas.height).data
    }
    const [a, b] = [await square('${shot.toString('base64')}'), await square('${kept.toString('base64')}')]
    if (a.length !== b.length) return { mean: 255, others: 1 }
    let sum = 0
    let count = 0
    for (let i = 0; i < a.length; i += 4) {
      const far = Math.max(...[0, 1, 2].map((at) => Math.abs(a[i + at] - b[i + at])))
      sum += far
      if (far > ${SQUARE_MAX}) count++
    }
    return { mean: sum / (a.length / 4), others: count / (a.length / 4) }
  })()`)
  await blank.close()
  expect(mean, `${name} looks otherwise than its picture`).toBeLessThanOrEqual(MEAN_MAX)
  expect(others, `parts of ${name} look otherwise than its picture`).toBeLessThanOrEqual(OTHERS_MAX)
}
