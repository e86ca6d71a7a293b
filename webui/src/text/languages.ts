// The languages of the page: each is a file of its own, of which a phone loads one.
import type { Catalogue } from './catalogue.ts'

export const LANGUAGES = ['en', 'de', 'es'] as const
export type Language = (typeof LANGUAGES)[number]

const LOADED: Readonly<Record<Language, () => Promise<Catalogue>>> = {
  en: () => import('./en.ts').then(({ en }) => en),
  de: () => import('./de.ts').then(({ de }) => de),
  es: () => import('./es.ts').then(({ es }) => es),
}

/** The first of `wished` ("de-AT", "es") that there is; English when there is none. Pure. */
export function languageOf(wished: readonly (string | null | undefined)[]): Language {
  for (const each of wished) {
    const found = LANGUAGES.find((language) => each?.toLowerCase().split('-')[0] === language)
    if (found) return found
  }
  return 'en'
}

/** The catalogue of a language; rejects when there is no network. */
export const loadCatalogue = (language: Language): Promise<Catalogue> => LOADED[language]()
