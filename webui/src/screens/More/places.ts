// The places of the page "More"; their words stand in the catalogue under the same names.
export const PLACES = [
  {
    group: 'farm',
    places: [
      { id: 'charts', href: '/charts' },
      { id: 'add', href: '/add' },
      { id: 'maintenance', href: '/maintenance' },
      { id: 'updates', href: '/updates' },
      { id: 'diagnostics', href: '/diagnostics' },
    ],
  },
  {
    group: 'calls',
    places: [
      { id: 'callPlan', href: '/alarms/people' },
      { id: 'channels', href: '/alarms/channels' },
      { id: 'rules', href: '/alarms/rules' },
      { id: 'weeklyTest', href: '/alarms/test' },
    ],
  },
  {
    group: 'box',
    places: [
      { id: 'staff', href: '/staff' },
      { id: 'audit', href: '/audit' },
      { id: 'box', href: '/box' },
      { id: 'backup', href: '/backup' },
      { id: 'update', href: '/update' },
    ],
  },
  { group: 'device', places: [{ id: 'device', href: '/device' }] },
] as const
