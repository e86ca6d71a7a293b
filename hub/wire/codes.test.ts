import { expect, test } from 'vitest'
import { DIAGNOSTIC_CODES, diagnosticCode, SUBSYSTEMS, subsystemOf } from './codes.ts'

test('codes and names are unique, in order, and belong to the subsystem that their digit says', () => {
  const codes = DIAGNOSTIC_CODES.map(({ code }) => code)
  expect([...new Set(codes)].sort((a, b) => a - b)).toEqual(codes)
  expect(new Set(DIAGNOSTIC_CODES.map(({ name }) => name)).size).toBe(codes.length)
  for (const { code, name } of DIAGNOSTIC_CODES) expect(name.startsWith(`${subsystemOf(code)}_`)).toBe(true)
  expect(new Set(codes.map(subsystemOf))).toEqual(new Set(Object.values(SUBSYSTEMS)))
})

test('each code says in whole sentences what it means and what to do', () => {
  for (const { meaning, action } of DIAGNOSTIC_CODES) {
    expect(meaning).toMatch(/^[A-Z].*\.$/)
    expect(action).toMatch(/^[A-Z].*\.$/)
  }
})

test('an unknown code is nobody’s', () => {
  expect(diagnosticCode(0x1fff)).toBeUndefined()
  expect(subsystemOf(0x6001)).toBeNull()
  expect(diagnosticCode(0x1012)?.name).toBe('DAQ_MAINS_LOST')
})
