// The languages in which the hub itself speaks to people: files, calls, reports, the pages before the login. The rest is the web UI's.

/** The words of a locale (`de`, `de-AT`); English for what there is not. Pure. */
export const inLanguage = <T>(words: { en: T; de: T; es: T }, locale: string): T =>
  new Map(Object.entries(words)).get(locale.toLowerCase().split('-')[0]!) ?? words.en
