// The words of the page "Who changed what".
export const enAudit = {
  title: 'Who changed what',
  who: 'Who',
  whoHint: 'the whole name',
  what: 'What',
  whatHint: 'part of it, as token or window',
  from: 'From',
  to: 'To',
  find: 'Find',
  none: 'Nothing was found.',
  more: 'Older ones',
  file: 'As a file (CSV)',
  nobody: 'nobody known',
  open: 'no accounts yet',
  token: (name: string) => `${name} (token)`,
  refused: (status: number) => `refused (${status})`,
}
