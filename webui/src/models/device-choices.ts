// What a person chose for this device: language and units. Kept on the device, as the theme is.
import { type ReadonlySignal, signal } from '@preact/signals'
import { METRIC, type UnitChoice } from '../format/units.ts'
import { LANGUAGES, type Language, languageOf } from '../text/languages.ts'
import type { ChoiceStore } from './theme.ts'

export interface DeviceChoices {
  readonly language: ReadonlySignal<Language>
  readonly units: ReadonlySignal<UnitChoice>
  setLanguage(language: Language): void
  setUnits(units: UnitChoice): void
}

/** Where Fahrenheit is what people say. */
const FAHRENHEIT_REGIONS = ['US', 'LR', 'PW', 'FM', 'MH', 'BS', 'BZ', 'KY']

/** What a device that nobody set up begins with, by its own languages. Pure. */
export function presetUnits(wished: readonly string[]): UnitChoice {
  const region = wished[0]?.split('-')[1]?.toUpperCase()
  return region && FAHRENHEIT_REGIONS.includes(region) ? { temperature: 'F', volume: 'gal', clock: '12' } : METRIC
}

function unitsOf(text: string | null, preset: UnitChoice): UnitChoice {
  const [temperature, volume, clock] = (text ?? '').split(',')
  return {
    temperature: temperature === 'C' || temperature === 'F' ? temperature : preset.temperature,
    volume: volume === 'L' || volume === 'gal' ? volume : preset.volume,
    clock: clock === '24' || clock === '12' ? clock : preset.clock,
  }
}

/** `wished`: the device's own languages, the best first. */
export function createDeviceChoices(
  stores: { language: ChoiceStore; units: ChoiceStore },
  wished: readonly string[],
): DeviceChoices {
  const language = signal(languageOf([stores.language.get(), ...wished]))
  const units = signal(unitsOf(stores.units.get(), presetUnits(wished)))
  return {
    language,
    units,
    setLanguage(next) {
      if (!LANGUAGES.includes(next)) return
      stores.language.set(next)
      language.value = next
    },
    setUnits(next) {
      stores.units.set([next.temperature, next.volume, next.clock].join(','))
      units.value = next
    },
  }
}
