// Whether an update is for this box: pure.
import type { BundleInfo } from '../core/boot-slots.ts'

/** Numbers of a version such as 1.2.3 or 1.2.3-rc1; a release counts more than what comes before it. */
export function compareVersions(a: string, b: string): number {
  const parse = (text: string) => {
    const [numbers = '', early] = text.replace(/\+.*$/, '').split(/-(.*)/s)
    return { numbers: numbers.split('.').map(Number), early }
  }
  const [left, right] = [parse(a), parse(b)]
  for (let i = 0; i < Math.max(left.numbers.length, right.numbers.length); i++) {
    const difference = (left.numbers[i] ?? 0) - (right.numbers[i] ?? 0)
    if (difference !== 0) return Math.sign(difference)
  }
  if (left.early === right.early) return 0
  if (left.early === undefined) return 1
  if (right.early === undefined) return -1
  return left.early.localeCompare(right.early, 'en', { numeric: true })
}

const VERSION = /^\d{1,5}(\.\d{1,5}){1,3}(-[0-9A-Za-z.-]{1,32})?(\+[0-9A-Za-z.-]{1,32})?$/

/** null when it may be written, else why not. An older one is refused: the data may be in a form that it cannot read. */
export function judgeBundle(info: BundleInfo, box: { compatible: string; version: string }): string | null {
  if (info.compatible !== box.compatible) {
    return `it is for "${info.compatible.slice(0, 64)}", and this box is "${box.compatible}"`
  }
  if (!VERSION.test(info.version)) return `"${info.version.slice(0, 64)}" is no version`
  if (compareVersions(info.version, box.version) < 0) {
    return `it is version ${info.version}, older than ${box.version} that runs`
  }
  return null
}
