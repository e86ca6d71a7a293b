// The words in files for spreadsheets, in the languages of the page.
import { inLanguage } from '../core/languages.ts'

interface Words {
  sheets: { values: string; alarms: string; notes: string; losses: string }
  time: string
  lowest: string
  mean: string
  highest: string
  alarms: readonly [time: string, what: string, severity: string, alarm: string, who: string]
  notes: readonly [time: string, note: string, by: string]
  losses: readonly [date: string, flock: string, dead: string, culled: string, note: string]
}

const en: Words = {
  sheets: { values: 'Values', alarms: 'Alarms', notes: 'Notes', losses: 'Losses' },
  time: 'time',
  lowest: 'lowest',
  mean: 'mean',
  highest: 'highest',
  alarms: ['time', 'what', 'severity', 'alarm', 'who'],
  notes: ['time', 'note', 'by'],
  losses: ['date', 'flock', 'dead', 'culled', 'note'],
}
const de: Words = {
  sheets: { values: 'Werte', alarms: 'Alarme', notes: 'Notizen', losses: 'Verluste' },
  time: 'Zeit',
  lowest: 'niedrigster',
  mean: 'Mittel',
  highest: 'höchster',
  alarms: ['Zeit', 'was', 'Schwere', 'Alarm', 'wer'],
  notes: ['Zeit', 'Notiz', 'von'],
  losses: ['Tag', 'Herde', 'verendet', 'gemerzt', 'Notiz'],
}
const es: Words = {
  sheets: { values: 'Valores', alarms: 'Alarmas', notes: 'Notas', losses: 'Bajas' },
  time: 'hora',
  lowest: 'mínimo',
  mean: 'media',
  highest: 'máximo',
  alarms: ['hora', 'qué', 'gravedad', 'alarma', 'quién'],
  notes: ['hora', 'nota', 'de'],
  losses: ['día', 'lote', 'muertas', 'eliminadas', 'nota'],
}

export const exportWords = (locale: string): Words => inLanguage({ en, de, es }, locale)
