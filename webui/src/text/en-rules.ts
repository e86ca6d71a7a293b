// The words of the pages "What is an alarm" and "Weekly test".
type Plural = (count: number, forms: { one: string; other: string }) => string

export const enRules = (plural: Plural) => ({
  title: 'What is an alarm',
  lead: 'A good start for most houses. Change a limit where your house is different.',
  groups: {
    heat: 'Heat',
    cold: 'Cold',
    air: 'Air',
    damp: 'Damp',
    silence: 'Silence',
    sensor: 'Sensors',
    disagree: 'Sensors that disagree',
    water: 'Water',
    feed: 'Feed',
    window: 'Windows',
    mains: 'Mains',
    hub: 'The box',
  },
  /** Names of the preset rules in this language, by their English ones; a rule that staff named keeps its name. */
  names: {} as Record<string, string>,
  rides: 'follows the flock’s curve',
  after: (minutes: number) =>
    minutes < 1
      ? `after ${Math.round(minutes * 60)} s`
      : `after ${plural(minutes, { one: '# minute', other: '# minutes' })}`,
  days: (from: number | null, to: number | null) =>
    from !== null && to !== null
      ? `day ${from} to ${to}`
      : from !== null
        ? `from day ${from}`
        : to !== null
          ? `until day ${to}`
          : '',
  off: 'off: nobody is told',
  change: 'Change',
  fields: {
    bound: (unit: string) => `Limit, ${unit}`,
    byK: (unit: string) => `Rise within ten minutes, ${unit}`,
    by: (unit: string) => `Difference, ${unit}`,
    overMs: (unit: string) => `Nothing for so long, ${unit}`,
    factor: (unit: string) => `Of the normal, ${unit}`,
    low: (unit: string) => `At least, ${unit}`,
    high: (unit: string) => `At most, ${unit}`,
  },
  delay: 'Must last so many minutes',
  severity: 'How urgent',
  own: 'Another limit for one house',
  asAll: 'As everywhere again',
  isDefault: 'These are the presets. Sources and reasons stand in the handbook.',
  isChanged: 'Something was changed here. New versions of Roost leave your limits as they are.',
  reset: 'Back to the presets',
  resetSure: 'Put every limit back to the preset? What was changed is lost.',
})

export const enWeeklyTest = (plural: Plural) => ({
  title: 'Weekly test',
  lead: 'An alarm that was never tried is none.',
  due: 'The test is due',
  notDue: 'Tested within the last week',
  before:
    'Sirens and buzzers sound for a moment, and everybody in the plan gets a message that says it is a test. Tell the neighbours.',
  start: 'Start the test',
  running: 'The test is running',
  progress: (done: number, all: number) => `${done} of ${plural(all, { one: '# answer', other: '# answers' })} given`,
  what: {
    siren: (channel: string) => `Siren ${channel}`,
    buzzer: (channel: string) => `Buzzers ${channel}`,
    call: (person: string) => `Message to ${person}`,
    ping: (channel: string) => `Sign of life ${channel}`,
  },
  trying: 'Trying …',
  failed: (why: string) => `It did not go out: ${why}`,
  yes: { siren: 'I heard it', buzzer: 'I heard it', call: 'It came', ping: 'The service saw it' },
  no: 'Nothing came',
  came: 'It came.',
  cameNot: 'Nothing came. See to it before the next night.',
  past: 'Tests so far',
  never: 'None yet.',
  results: { passed: 'Passed', failed: 'Not passed', unfinished: 'Not finished' },
  by: (name: string, items: number) =>
    `by ${name}, ${plural(items, { one: '# thing tried', other: '# things tried' })}`,
})
