// Round numbers for an axis of values, in the unit of the reader. Pure.

/** The next round step that is not smaller: 1, 2, 2.5 or 5 times a power of ten. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  // Steps of an axis come with the dust of floating point.
  return [1, 2, 2.5, 5, 10].map((each) => each * power).find((step) => step >= least * 0.999) ?? 10 * power
}

/** Multiples of `step` within [low, high]. */
export function splitsOf(low: number, high: number, step: number): number[] {
  const splits: number[] = []
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++) splits.push(i * step)
  return splits
}

/** As many decimal places as steps of this size need to be told as they are: 62.5 is not 63. */
export function decimalsOf(step: number): number {
  let decimals = Math.max(0, -Math.floor(Math.log10(step)))
  while (decimals < 3 && Math.abs(step * 10 ** decimals - Math.round(step * 10 ** decimals)) > 1e-6) decimals++
  return Math.min(3, decimals)
}
