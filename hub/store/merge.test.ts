import { expect, test } from 'vitest'
import type { Span } from './files.ts'
import { FAN_OUT, mergedSpan, planMerge } from './merge.ts'

const bucket = (number: number): Span => ({ level: 0, from: number, to: number })

/** What is left on the card after so many seals, with every merge that was due. */
function afterSeals(count: number, fanOut: number, isEmpty: (bucket: number) => boolean = () => false) {
  let spans: Span[] = []
  let rewritten = 0
  for (let number = 1; number <= count; number++) {
    if (!isEmpty(number)) spans.push(bucket(number))
    for (let inputs = planMerge(spans, fanOut); inputs; inputs = planMerge(spans, fanOut)) {
      rewritten += inputs.reduce((sum, { from, to }) => sum + to - from + 1, 0)
      spans = [...spans.filter((span) => !inputs!.includes(span)), mergedSpan(inputs)].sort((a, b) => a.from - b.from)
    }
  }
  return { spans, rewritten }
}

test('a year of five buckets a day lies in at most 18 roll-up files, each row written again less than six times', () => {
  const { spans, rewritten } = afterSeals(5 * 365, FAN_OUT)
  expect(spans.length).toBeLessThanOrEqual(18)
  expect(rewritten / (5 * 365)).toBeLessThan(6)
})

test('merged roll-ups cover every bucket once and in order, also when some had none', () => {
  const { spans } = afterSeals(502, 4, (number) => number % 7 === 3)
  for (const [i, span] of spans.entries()) {
    expect(span.to).toBeGreaterThanOrEqual(span.from)
    if (i > 0) expect(span.from).toBeGreaterThan(spans[i - 1]!.to)
  }
  expect(spans[0]!.from).toBe(1)
  expect(spans.at(-1)!.to).toBe(502)
})

test('nothing is merged before enough neighbours of one level are there', () => {
  expect(planMerge([1, 2, 3].map(bucket), 4)).toBe(null)
  expect(planMerge([bucket(1), { level: 1, from: 2, to: 5 }, bucket(6), bucket(7), bucket(8)], 4)).toBe(null)
  expect(planMerge([4, 2, 3, 1].map(bucket), 4)).toEqual([1, 2, 3, 4].map(bucket))
})
