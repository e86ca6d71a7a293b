// English, the complete language: the others are held against its entries.
import type { Span } from '../format/age.ts'
import { createPlural } from './catalogue.ts'
import { enAlarms } from './en-alarms.ts'
import { enAsked } from './en-asked.ts'
import { enBackup } from './en-backup.ts'
import { enBox, enDevice } from './en-box.ts'
import { enCallPlan, enChannels } from './en-call-plan.ts'
import { enCharts } from './en-charts.ts'
import { enFlocks, enHouseScreen, enReport } from './en-house.ts'
import { enAddNode, enIdentity } from './en-identity.ts'
import { enLater, enMore } from './en-more.ts'
import { enNodeCommands } from './en-node-commands.ts'
import { enOthers } from './en-others.ts'
import { enRules, enWeeklyTest } from './en-rules.ts'
import { enStaff } from './en-staff.ts'
import { enUpdate } from './en-update.ts'
import { enUpdates } from './en-updates.ts'

const plural = createPlural('en')

/** The numbers behind a finding, by name. */
type Evidence = Readonly<Record<string, number>>

const span = ({ count, unit }: Span) =>
  ({
    second: `${count} s`,
    minute: `${count} min`,
    hour: `${count} h`,
    day: plural(count, { one: '# day', other: '# days' }),
  })[unit]

export const en = {
  language: 'en',
  brand: 'Roost',
  skip: 'Skip to content',
  list: (parts: readonly string[]) => parts.join(', '),
  bar: {
    label: 'Main',
    places: { houses: 'Houses', alarms: 'Alarms', charts: 'Charts', flocks: 'Flocks', more: 'More' },
    toTheme: { light: 'Switch to light', dark: 'Switch to dark', sunlight: 'Switch to sunlight, the highest contrast' },
    theme: { light: 'Light', dark: 'Dark', sunlight: 'Sunlight' },
  },
  stream: {
    live: 'Live',
    connecting: 'Connecting',
    cut: 'Cut off',
    cutTitle: (clock: string) => `No connection to the hub since ${clock}`,
    cutBody: (passed: Span) => `For ${span(passed)} nothing new arrived. Every value below is older than that.`,
    cutFirst: 'Is this device on the farm network, and does the hub have power?',
    retry: 'Try now',
    back: 'The connection to the hub is back.',
  },
  alarms: enAlarms(span, plural),
  asked: enAsked,
  callPlan: enCallPlan(plural),
  channels: enChannels,
  houseScreen: enHouseScreen,
  flocks: enFlocks(plural),
  report: enReport,
  mains: 'Mains',
  rules: enRules(plural),
  weeklyTest: enWeeklyTest(plural),
  device: enDevice,
  box: enBox(plural),
  more: enMore,
  later: enLater,
  news: {
    offline: (name: string) => `Node ${name} is offline.`,
    back: (name: string) => `Node ${name} is back online.`,
  },
  overview: {
    title: 'Houses',
    loading: 'Waiting for the first values from the hub',
    unreachableTitle: 'The hub does not answer',
    emptyTitle: 'No node yet',
    emptyBody: 'Roost shows a house as soon as the first node of it speaks.',
    emptyByHand: 'Or make its keys on the hub and carry them over:',
    emptySteps: [
      'Give the node its place and its keys, on the hub:',
      'Copy the three files to the node and switch it on.',
      'Wait a few seconds. The house appears here by itself.',
    ],
    emptyCommand: 'npm run -s roost -- node add --uid rn-… --place farm/house-1/north --out DIR',
    summaryGood: (count: number) => plural(count, { one: '# house, all well', other: '# houses, all well' }),
    summaryBad: (bad: number, count: number) =>
      `${bad} of ${plural(count, { one: '# house', other: '# houses' })} ${bad === 1 ? 'needs' : 'need'} a look`,
  },
  house: {
    unplaced: 'Without a house',
    unplacedNote: 'These nodes speak, but have no place yet.',
    nodes: 'Nodes',
    noValues: 'No sensor of this house has sent a value yet.',
    allOnline: (count: number) => plural(count, { one: '# node online', other: 'All # nodes online' }),
    online: (count: number) => `${count} online`,
    late: (count: number) => `${count} late`,
    offline: (count: number) => `${count} offline`,
    neverSeen: (count: number) => `${count} never seen`,
    lastKnown: 'when last heard',
  },
  liveness: { online: 'online', late: 'late', offline: 'offline', 'never-seen': 'never seen' },
  quantity: {
    temperature: 'Temperature',
    humidity: 'Humidity',
    co2: 'CO₂',
    nh3: 'NH₃',
    'pressure-difference': 'Pressure difference',
    'air-speed': 'Air speed',
    sound: 'Sound level',
    light: 'Light',
    window: 'Window',
    fan: 'Fan',
    water: 'Water',
    feed: 'Feed',
    weight: 'Weight',
    voltage: 'Voltage',
    current: 'Current',
    power: 'Power',
    'power-factor': 'Power factor',
    pressure: 'Air pressure',
  },
  outside: (name: string) => `${name} outside`,
  value: {
    none: '–',
    ago: (age: Span) => `${span(age)} ago`,
    noDataYet: 'no data yet',
    stale: (age: Span) => `no data for ${span(age)}`,
    staleLate: (age: Span) => `catching up, measured ${span(age)} ago`,
    ahead: 'the clock of the node is wrong',
    failed: 'sensor failed',
    starting: 'sensor is starting',
    warming: 'sensor is warming up',
    outOfRange: 'out of range, not believed',
    invalid: 'no valid value',
    before: (value: string) => `last value ${value}`,
    mark: {
      degraded: 'degraded',
      backup: 'backup sensor',
      limited: 'change limited',
      late: 'sent late',
      estimated: 'time estimated',
    },
    spread: (low: string, high: string) => `${low} to ${high}`,
    mean: (count: number) => `mean of ${count}`,
    highest: (count: number) => `highest of ${count}`,
    missing: (missing: number, total: number, why: string) => `${missing} of ${total}: ${why}`,
  },
  node: {
    back: 'All houses',
    loading: 'Waiting for the hub',
    unknownTitle: 'This node is not known here',
    unknownBody: (uid: string) => `The hub knows no node ${uid}. Perhaps it was replaced, or the address has a slip.`,
    unplaced: 'no place yet',
    state: 'State',
    liveness: 'Connection',
    heard: (age: Span) => `heard ${span(age)} ago`,
    heardNever: 'never heard',
    signal: 'Signal',
    signalWord: { cable: 'by cable', strong: 'strong', good: 'good', weak: 'weak', veryWeak: 'very weak' },
    dbm: (value: string) => `${value} dBm`,
    uptime: 'Running for',
    span,
    firmware: 'Firmware',
    heap: 'Free memory',
    heapMin: (least: string) => `lowest ${least}`,
    backlog: 'Waiting to be sent',
    backlogCount: (count: number) => plural(count, { one: '# message', other: '# messages' }),
    nothing: 'none',
    loss: (count: number) => `${count} lost since start`,
    errors: 'Errors',
    errorsSet: (count: number, hex: string) => `${plural(count, { one: '# flag', other: '# flags' })} (${hex})`,
    doing: 'Doing',
    doingWord: {
      boot: 'starting',
      run: 'measuring',
      degraded: 'measuring, degraded',
      updating: 'updating its firmware',
      rescue: 'in rescue mode',
      fault: 'stopped by a fault',
    },
    noBeat: 'No heartbeat since the hub started, so the rest is not known yet.',
    beatOld: (age: Span) => `As of its last heartbeat, ${span(age)} ago.`,
    sensors: 'Sensors',
    noSensors: 'This node has not sent a value yet.',
    sensorHint: 'Choose a sensor to see its course below.',
    uid: 'Device id',
  },
  clock: {
    label: 'Clock of the hub',
    unsetTitle: 'The hub does not know what time it is',
    differsTitle: (by: Span) => `The clock of the hub and this device differ by ${span(by)}`,
    body: 'Values are shown and kept; their times are put right when the hub gets the time. Is the clock of this device right?',
    give: (now: string) => `Set to ${now}`,
    failed: 'The hub did not take the time. Try again.',
  },
  config: {
    title: 'Settings',
    state: 'Node and hub',
    stateWord: {
      unset: 'never set',
      waiting: 'waiting for the node',
      'in-sync': 'in step',
      refused: 'refused by the node',
      drifted: 'not in step',
    },
    since: (age: Span) => `for ${span(age)}`,
    wanted: 'Set here',
    followed: 'Followed by the node',
    revision: (rev: number) => `revision ${rev}`,
    none: 'not known',
    inSyncWhy: 'The node does what was set here.',
    waitingWhy: 'The settings were sent; the node has not confirmed them yet.',
    awayWhy: 'The node gets its settings as soon as it is back.',
    refusedWhy: (reason: string) => `The node keeps its former settings. It says: ${reason}`,
    noReason: 'no reason',
    unsetWhy: 'Nothing was set here yet; the node does what its firmware brings.',
    change: 'Change',
    sampleEvery: 'Measure every … seconds',
    publishEvery: 'Send every … seconds',
    save: 'Save',
    cancel: 'Cancel',
    stale: 'Somebody else changed this meanwhile; here is what is set now.',
    refusedByHub: (detail: string) => `The hub does not take this. ${detail}`,
    unreachable: 'The hub did not answer. Nothing was changed as far as is known; look again before you repeat it.',
    driftedWhy: 'The node is there but does not follow what was set here. Set it again, or restart the node.',
  },
  staff: enStaff,
  updates: enUpdates,
  addNode: enAddNode,
  identity: enIdentity,
  backup: enBackup,
  update: enUpdate,
  diagnostics: {
    title: 'Diagnostics',
    refused: 'Messages that were not understood',
    none: 'None since the hub started.',
    count: (count: number) => plural(count, { one: '# message', other: '# messages' }),
    from: 'From',
    last: 'The last ones, newest first',
    time: 'Time',
    node: 'Node and topic',
    reason: 'Reason',
    payload: 'Content',
    clear: 'Clear the list',
  },
  maintenance: {
    title: 'Maintenance',
    look: 'Look now',
    looking: 'The hub is looking at the last month',
    findings: 'What will need a hand soon',
    none: 'Nothing.',
    notYet: 'The hub looks at the first house a minute after it starts. Look again in a moment.',
    lookedAt: (time: string) => `Last looked at ${time}.`,
    since: (time: string) => `Seen since ${time}.`,
    daysLeft: (days: number) =>
      plural(days, {
        one: 'About # day left if it goes on like this.',
        other: 'About # days left if it goes on like this.',
      }),
    codes: 'What the nodes report, last 30 days',
    code: 'Report',
    week: 'Last 7 days',
    nodes: 'Nodes',
    toDo: 'What to do',
    of: {
      'heap-leak': {
        title: 'The node is running out of memory',
        why: ({ lossBytesPerDay = 0, freeBytes = 0 }: Evidence) =>
          `It loses ${(lossBytesPerDay / 1000).toFixed(1)} KB a day and has ${Math.round(freeBytes / 1000)} KB left.`,
        advice: 'Restart it at a quiet moment. If it begins again, its firmware needs an update.',
      },
      'signal-fading': {
        title: 'The radio signal is fading',
        why: ({ beforeDbm = 0, nowDbm = 0 }: Evidence) => `From ${Math.round(beforeDbm)} to ${Math.round(nowDbm)} dBm.`,
        advice:
          'Look at the antenna, for damp in the housing, and for what was put between the node and the access point.',
      },
      'reboot-loop': {
        title: 'The node restarts again and again',
        why: ({ restartsLastDay = 0, restartsThreeDays = 0 }: Evidence) =>
          `${restartsLastDay} times in the last 24 hours, ${restartsThreeDays} times in three days.`,
        advice: 'Check its power supply and plug. If they are good, replace the node.',
      },
      'errors-rising': {
        title: 'The node reports a fault more and more often',
        why: ({ diagCode = 0, nowPerDay = 0, beforePerDay = 0 }: Evidence) =>
          `Code 0x${diagCode.toString(16)}: ${nowPerDay.toFixed(0)} times a day, ${beforePerDay.toFixed(1)} before.`,
        advice: 'What the code means and what to do stands in the table below.',
      },
      'sensor-stuck': {
        title: 'The sensor shows the same value to the last digit',
        why: ({ value = 0, stuckHours = 0 }: Evidence) => `${value} for ${stuckHours} hours. It never did that before.`,
        advice: 'Do not rely on it. Check plug and cable, clean it, or replace it.',
      },
      'sensor-drift': {
        title: 'The sensor wanders away from the others in the house',
        why: ({ wandered = 0 }: Evidence) =>
          `By ${wandered > 0 ? '+' : '−'}${Math.abs(wandered).toFixed(1)} since then.`,
        advice: 'Clean it and calibrate it; replace it when it wanders again.',
      },
    },
  },
  others: enOthers(span),
  charts: enCharts(plural),
  nodeCommands: enNodeCommands,
  notFound: {
    title: 'There is no such page',
    body: 'The address may have a slip. Everything is reached from the houses.',
    home: 'To the houses',
  },
  crash: {
    title: 'This page stopped working',
    body: 'The hub goes on measuring. Load the page again; if it happens once more, tell whoever looks after the farm.',
    reload: 'Load again',
  },
} as const
