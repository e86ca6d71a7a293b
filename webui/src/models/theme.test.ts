import { signal } from '@preact/signals'
import { expect, test } from 'vitest'
import { createTheme, type Theme } from './theme.ts'

const storeWith = (kept: string | null) => ({
  get: () => kept,
  set(value: string) {
    kept = value
  },
})

test('the device decides until somebody chooses', () => {
  const isDark = signal(false)
  const { theme } = createTheme(storeWith(null), isDark)
  expect(theme.value).toBe('light')
  isDark.value = true
  expect(theme.value).toBe('dark')
})

test('presses lead through light, dark and sunlight, and each choice is kept', () => {
  const store = storeWith(null)
  const model = createTheme(store, signal(false))
  const seen: Theme[] = []
  for (let press = 0; press < 3; press++) {
    model.toggle()
    seen.push(model.theme.value)
    expect(createTheme(store, signal(false)).theme.value).toBe(model.theme.value)
  }
  expect(seen).toEqual(['dark', 'sunlight', 'light'])
})

test('a kept word that is no theme is as none', () => {
  expect(createTheme(storeWith('constructor'), signal(true)).theme.value).toBe('dark')
})
