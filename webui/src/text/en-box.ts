// The words of the pages "This phone" and "The box".
type Plural = (count: number, forms: { one: string; other: string }) => string

export const enDevice = {
  title: 'This phone',
  lead: 'Only this device changes.',
  language: 'Language',
  /** Each in its own, so that nobody is lost. */
  languages: { en: 'English', de: 'Deutsch', es: 'Español' },
  units: { temperature: 'Temperature', volume: 'Water', clock: 'Clock' },
  unit: { C: '°C', F: '°F', L: 'Litres', gal: 'Gallons (US)', '24': '24 hours', '12': '12 hours' },
  theme: 'Brightness',
  themes: { light: 'Light', dark: 'Dark', sunlight: 'Sunlight' },
  themeNote: 'Sunlight has the highest contrast, for a screen in the sun.',
}

export const enBox = (plural: Plural) => ({
  title: 'The box',
  storage: 'Room on the card',
  used: 'Used',
  fault: (why: string) => `Nothing can be kept now: ${why}`,
  room: (used: string, free: string) => `${used} used by values, ${free} free.`,
  lasts: (days: number, perDay: string) =>
    `At ${perDay} a day this lasts for ${plural(days, { one: '# day', other: '# days' })} more.`,
  enough: 'At this pace the room lasts for more than twenty years.',
  tooYoung: 'How long it lasts can be said after the first day.',
  oldest: (date: string) => `The oldest value is of ${date}.`,
  whenFull: (raw: number, rollup: number) =>
    `Every value is kept for ${plural(raw, { one: '# year', other: '# years' })}, hourly and daily ones for ${plural(rollup, { one: '# year', other: '# years' })}. When the card is full, the oldest values in full go first.`,
  network: 'Network',
  name: 'Name',
  noNetwork: 'The box is on no network.',
  networkNote: 'On the farm network the box is reached as roost.local, or by one of these addresses.',
  wifi: {
    title: 'Wi-Fi',
    own: 'Own Wi-Fi',
    password: 'Password',
    open: 'It is open: nodes and phones can join it.',
    closed: 'It is closed.',
    joined: (name: string) => `The box is in ${name}.`,
    busy: 'The box is trying it. This takes up to a minute.',
    failures: {
      password: 'It is in reach, but did not let the box in: is the password right? Nothing was changed.',
      'not-found': 'This Wi-Fi is not in reach. Nothing was changed.',
      failed: 'The box could not join. Nothing was changed.',
    },
    mode: 'Use',
    modes: {
      fallback: 'Own, when there is no other network',
      always: 'Own, always: for nodes',
      join: 'Join the farm’s Wi-Fi',
    },
    ssid: 'Its name',
    save: 'Use this',
    note: 'A phone on the box’s own Wi-Fi loses it when the box joins another one.',
  },
  about: 'About',
  version: 'Version',
  up: 'Running for',
  update: 'Update of the box',
  api: 'What the API offers',
})
