// What every component may ask for: the models and the texts.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { UnitChoice } from '../format/units.ts'
import type { App } from '../models/app.ts'
import type { Catalogue } from '../text/catalogue.ts'

export const AppContext = createContext<App | null>(null)
export const TextContext = createContext<Catalogue | null>(null)

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('a component stands outside AppContext')
  return app
}

export function useText(): Catalogue {
  const text = useContext(TextContext)
  if (!text) throw new Error('a component stands outside TextContext')
  return text
}

/** A catalogue for somebody who chose these units; the clock travels with the name of the language, as Intl reads it. Pure. */
export const readBy = (catalogue: Catalogue, units: UnitChoice): Catalogue => ({
  ...catalogue,
  language: `${catalogue.language}-u-hc-${units.clock === '12' ? 'h12' : 'h23'}`,
  units,
})
