// What a call says: short enough for one SMS, the worst first; and what is kept of what alarms do. Pure.
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

/** `Roost: home/h1 High temperature 34.2 (limit 31)` */
export function alarmLine(alarm: Alarm, nowMs: number): string {
  const value = alarm.value === null ? '' : ` ${number(alarm.value)}`
  const bound = alarm.bound === null ? '' : ` (limit ${number(alarm.bound)})`
  const minutes = Math.round((nowMs - alarm.raisedMs) / 60_000)
  const since = alarm.overMs !== null ? ', over now' : minutes >= 1 ? `, for ${minutes} min` : ''
  const where = alarm.house === '' ? 'hub' : alarm.house
  const nodes = new Set(alarm.members.map((member) => member.split('/')[0]))
  const count = nodes.size > 1 ? `, ${nodes.size} nodes` : ''
  return `${where}: ${alarm.name}${value}${bound}${count}${since}`
}

/** Subject and text about `alarms`; `step` > 0: nobody acknowledged so far. */
export function callText(alarms: readonly Alarm[], nowMs: number, step: number): { subject: string; text: string } {
  const worstFirst = alarms.toSorted((a, b) => a.raisedMs - b.raisedMs)
  const first = worstFirst[0]
  const isOver = alarms.every(({ overMs }) => overMs !== null)
  const word = isOver ? 'OVER' : first?.severity === 'critical' ? 'ALARM' : 'Warning'
  const subject = `${word} ${first ? `${first.house || 'hub'} ${first.name}` : ''}`.slice(0, SUBJECT_MAX)
  const lines = worstFirst.slice(0, LINES_MAX).map((alarm) => alarmLine(alarm, nowMs))
  if (worstFirst.length > LINES_MAX) lines.push(`and ${worstFirst.length - LINES_MAX} more`)
  if (step > 0 && !isOver) lines.push('Nobody has acknowledged yet.')
  return { subject, text: `${word}\n${lines.join('\n')}` }
}
