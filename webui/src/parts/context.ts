// What every component may ask for: the models and the texts.
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { App } from '../models/app.ts'
import type { Catalogue } from '../text/catalogue.ts'
import { en } from '../text/en.ts'

export const AppContext = createContext<App | null>(null)
export const TextContext = createContext<Catalogue>(en)

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('a component stands outside AppContext')
  return app
}

export const useText = (): Catalogue => useContext(TextContext)
