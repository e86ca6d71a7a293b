// Samples as CSV (RFC 4180), for a spreadsheet or a script.
import { type SampleBlock, SENSOR_STATES } from '../core/sample.ts'

export const EXPORT_HEADER = 'time,ms,device,sensor,unit,value,state,flags\r\n'

/** Rows of a block: an absent value is an empty field; NaN and Infinity stand as JavaScript writes them. */
export function csvRows(
  { uid, sensor, unit }: { uid: string; sensor: string; unit: string },
  block: SampleBlock,
): string {
  const who = `${field(uid)},${field(sensor)},${field(unit)}`
  let text = ''
  for (let i = 0; i < block.count; i++) {
    const ms = block.tMs[i]!
    const value = block.absent[i] ? '' : Object.is(block.value[i], -0) ? '-0' : block.value[i]
    const state = SENSOR_STATES[block.state[i]!] ?? block.state[i]
    text += `${isoTime(ms)},${ms},${who},${value},${state},${block.flags[i]}\r\n`
  }
  return text
}

const isoTime = (ms: number) => (Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : '')

const field = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
