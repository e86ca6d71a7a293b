import { expect, test } from 'vitest'
import { countWarnings } from './check.ts'

test("warnings are counted from both linters' closing lines", () => {
  expect(countWarnings('Checked 9 files in 2ms.\nFound 5 warnings.\n')).toBe(5)
  expect(countWarnings('Found 1 warning and 0 errors.\nFinished in 1ms')).toBe(1)
  expect(countWarnings('Found 3 errors.\n')).toBe(0)
  expect(countWarnings('')).toBe(0)
})
