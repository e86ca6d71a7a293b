// The words about devices of the other families.
import type { Span } from '../format/age.ts'
import { createPlural } from './catalogue.ts'

const plural = createPlural('en')

export const enOthers = (span: (span: Span) => string) => ({
  title: 'Other devices',
  summary: (silent: number, all: number) =>
    silent === 0
      ? plural(all, { one: 'The one that the hub knows speaks.', other: 'All # that the hub knows speak.' })
      : plural(silent, { one: '# is silent.', other: '# are silent.' }),
  silent: (since: string) => `Silent. Last heard ${since}.`,
  waiting: 'Not heard since the hub started.',
  live: 'Speaks.',
  limit: (limit: Span) => `Counts as silent after ${span(limit)}.`,
  span,
  more: 'There are more than stand here.',
  change: 'Change',
  changeOf: (name: string) => `Change ${name}`,
  name: 'Name',
  silentAfter: 'Counts as silent after',
  forget: 'Forget it',
  forgetSure: 'Forget this device and its last values? It comes back by itself when it speaks again.',
  refused: (why: string) => (why === '' ? 'The hub did not answer. Nothing was changed.' : `Not changed: ${why}.`),
})
