import { expect, test } from 'vitest'
import { METRIC } from '../format/units.ts'
import { languageOf } from '../text/languages.ts'
import { createDeviceChoices, presetUnits } from './device-choices.ts'

const store = (kept: string | null = null) => ({
  kept,
  get() {
    return this.kept
  },
  set(value: string) {
    this.kept = value
  },
})

test('a device begins with its own language and the units of its country', () => {
  expect(languageOf([null, 'fr-FR', 'en-GB'])).toBe('en')
  expect(languageOf(['ja'])).toBe('en')
  expect(presetUnits(['en-US'])).toEqual({ temperature: 'F', volume: 'gal', clock: '12' })
  expect(presetUnits(['de-DE', 'en-US'])).toEqual(METRIC)
})

test('a choice holds on this device and outlives the page, and rubbish in the store is no choice', () => {
  const stores = { language: store('xx'), units: store('F,barrel') }
  const choices = createDeviceChoices(stores, ['en-GB'])
  expect([choices.language.value, choices.units.value]).toEqual(['en', { ...METRIC, temperature: 'F' }])
  choices.setUnits({ temperature: 'C', volume: 'gal', clock: '12' })
  expect(createDeviceChoices(stores, ['en-GB']).units.value).toEqual({ temperature: 'C', volume: 'gal', clock: '12' })
})
