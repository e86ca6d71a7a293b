// What a call says: short enough for one SMS, the worst first; and what is kept of what alarms do. Pure.
import type { CallWords } from './call-words.ts'
import type { Group } from './rule.ts'
import type { Alarm } from './state.ts'

/** What a channel is given to say. */
export interface Message {
  /** The same for each attempt at the same call. */
  id: string
  subject: string
  text: string
  severity: 'warning' | 'critical' | 'test'
  /** An answer by the same way acknowledges. */
  asksReply?: boolean
}

/** Sends a message on a channel; null when it went out, else why not. Never rejects, ends within a bounded time. */
export type Deliver = (channel: string, to: string, message: Message) => Promise<string | null>

/** What is kept for the history; the shell adds the time. */
export interface AlarmEvent {
  event: string
  alarm?: number
  house?: string
  [about: string]: unknown
}
export type ToldEvent = AlarmEvent & { tMs: number }

const SUBJECT_MAX = 60
const LINES_MAX = 8

const number = (value: number) => String(Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 10) / 10)

/** Groups whose alarms are about single nodes and sensors: their names say more than a number. */
const NAMED: ReadonlySet<Group> = new Set(['silence', 'sensor', 'window', 'mains'])
const NAMES_MAX = 3

/** `home/h1: High temperature 34.2 (limit 31), for 5 min`; nodes by their uids, which the shell replaces by their places. */
export function alarmLine(alarm: Alarm, nowMs: number, words: CallWords): string {
  const minutes = Math.round((nowMs - alarm.raisedMs) / 60_000)
  const since = alarm.overMs !== null ? words.overNow : minutes >= 1 ? words.forMinutes(minutes) : ''
  return `${alarm.house || words.hub}: ${nameOf(alarm, words)}${measured(alarm, words)}${about(alarm, words)}${since}`
}

const nameOf = ({ name }: Alarm, words: CallWords): string => words.names[name] ?? name

function measured({ value, bound, group }: Alarm, words: CallWords): string {
  if (value === null) return ''
  if (bound !== null) return ` ${number(value)} ${words.limit(number(bound))}`
  return group === 'hub' ? ` ${words.minutes(number(value))}` : ''
}

function about({ group, house, members }: Alarm, words: CallWords): string {
  const isHub = house === ''
  const nodes = [...new Set(members.map((member) => (isHub ? member : member.split('/')[0]!)))]
  if (nodes.length > NAMES_MAX) return `, ${isHub ? words.devices(nodes.length) : words.nodes(nodes.length)}`
  return NAMED.has(group) && nodes.length > 0 ? ` (${nodes.join(', ')})` : ''
}

/** `text` with the nodes' names in the place of their uids. */
export const withNames = (text: string, nameOf: (uid: string) => string | null): string =>
  text.replace(/\brn-[0-9a-f]{12}\b/g, (uid) => nameOf(uid) ?? uid)

/** Subject and text about `alarms`; `step` > 0: nobody acknowledged so far. */
export function callText(
  alarms: readonly Alarm[],
  nowMs: number,
  step: number,
  words: CallWords,
): { subject: string; text: string } {
  const worstFirst = alarms.toSorted((a, b) => a.raisedMs - b.raisedMs)
  const first = worstFirst[0]
  const isOver = alarms.every(({ overMs }) => overMs !== null)
  const word = isOver ? words.over : words[first?.severity ?? 'warning']
  const subject = `${word} ${first ? `${first.house || words.hub} ${nameOf(first, words)}` : ''}`.slice(0, SUBJECT_MAX)
  const lines = worstFirst.slice(0, LINES_MAX).map((alarm) => alarmLine(alarm, nowMs, words))
  if (worstFirst.length > LINES_MAX) lines.push(words.more(worstFirst.length - LINES_MAX))
  if (step > 0 && !isOver) lines.push(words.nobody)
  return { subject, text: `${word}\n${lines.join('\n')}` }
}

/** What whoever answered OK is told. */
export const seenText = (alarms: readonly Alarm[], words: CallWords): string =>
  `${words.acknowledged}: ${alarms.map((alarm) => `${alarm.house || words.hub} ${nameOf(alarm, words)}`).join(', ')}`
