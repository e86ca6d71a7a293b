// The words of the page "More", and of a screen that is still to come.
export const enMore = {
  title: 'More',
  groups: { farm: 'The farm', calls: 'Calling people', box: 'The box', device: 'This phone' },
  places: {
    charts: { name: 'Charts', note: 'A house over days and years, flocks side by side, files for a spreadsheet.' },
    add: { name: 'Add a node', note: 'Bring a new node in, or one in place of another.' },
    maintenance: { name: 'Maintenance', note: 'What will need a hand soon, certificates, other devices.' },
    updates: { name: 'Updates of the nodes', note: 'Firmware, and how it goes out.' },
    diagnostics: { name: 'Diagnostics', note: 'For the installer: what the hub refused.' },
    callPlan: { name: 'Whom to call', note: 'People, their order, and when warnings wait.' },
    channels: { name: 'Ways to call', note: 'SMS, e-mail, siren, sign of life; try each, see what was sent.' },
    rules: { name: 'What is an alarm', note: 'Limits, after how long, how urgent.' },
    weeklyTest: { name: 'Weekly test', note: 'Try every siren and every call, and keep the result.' },
    staff: { name: 'Staff', note: 'Who may come in, and what they may do.' },
    audit: { name: 'Who changed what', note: 'Every change, with its name and time.' },
    box: { name: 'Card, network, version', note: 'How long the room lasts, and where the box is reached.' },
    device: { name: 'Language and units', note: '°C or °F, litres or gallons, 24 or 12 hours, brightness.' },
    backup: { name: 'Backup', note: 'When the last one was made, and where it is.' },
    update: { name: 'Update of the box', note: 'Its version, and a newer one.' },
  },
}

export const enLater = {
  title: 'Not loaded',
  failed: 'This page could not be loaded.',
  why: 'The box may have been updated meanwhile, or this phone is not on the farm network.',
  again: 'Load again',
}
