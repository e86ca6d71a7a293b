// The words of the page "Backup".
import { createPlural } from './catalogue.ts'

const plural = createPlural('en')

export const enBackup = {
  title: 'Backup',
  lead: 'Everything that makes this box this farm, in one file: nodes, staff, settings. With it a new box takes the place of this one, and no node has to be touched.',
  nightly: 'Every night',
  off: 'No backup is made at night.',
  on: (directory: string, keep: number) =>
    `Into ${directory}. ${plural(keep, { one: 'The newest one is kept.', other: 'The newest # are kept.' })}`,
  last: (time: string) => `The newest is of ${time}. It was opened again after it was made.`,
  none: 'There is none yet.',
  overdue: 'The newest backup is more than two days old.',
  failed: (why: string) => `The last try failed: ${why}.`,
  files: 'What is there',
  file: 'File',
  made: 'Made',
  size: 'Size',
  now: 'Make one now',
  stop: 'Make none at night',
  stopSure: 'Make no more backups at night? Those that are there stay.',
  setUp: 'Make one every night',
  change: 'Somewhere else, or with another passphrase',
  directory: 'Directory on the box: a USB stick, or another disk',
  keep: 'How many are kept',
  passphrase: 'Passphrase, twelve characters or more',
  passphraseNote:
    'Write it down and keep it away from the box. Without it nobody can open the backup, and nobody can help.',
  start: 'Start',
  take: 'Take one away',
  takeNote: 'It goes to this phone or computer, under a passphrase of its own.',
  takeButton: 'Download',
  done: {
    made: 'The backup was made and opened again.',
    taken: 'The backup is in your downloads.',
    stopped: 'No more backups are made at night.',
  },
  notDone: (why: string) => (why === '' ? 'The hub did not answer.' : `Not done: ${why}.`),
  restore: 'To restore it: open a new box and choose “restore from a backup” on its first page.',
}
