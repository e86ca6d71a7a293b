// What calls say, in the languages of the page. Whoever is woken by one reads it half asleep: it is in the farm's own language.
import { alarmNames } from '../climate/alarm-names.ts'
import { inLanguage } from '../core/languages.ts'

interface Words {
  critical: string
  warning: string
  over: string
  hub: string
  /** Behind an alarm that is no more. */
  overNow: string
  forMinutes(minutes: number): string
  limit(bound: string): string
  minutes(count: string): string
  nodes(count: number): string
  devices(count: number): string
  more(count: number): string
  nobody: string
  acknowledged: string
  testSubject: string
  test: string
}

const en: Words = {
  critical: 'ALARM',
  warning: 'Warning',
  over: 'OVER',
  hub: 'hub',
  overNow: ', over now',
  forMinutes: (minutes) => `, for ${minutes} min`,
  limit: (bound) => `(limit ${bound})`,
  minutes: (count) => `${count} min`,
  nodes: (count) => `${count} nodes`,
  devices: (count) => `${count} devices`,
  more: (count) => `and ${count} more`,
  nobody: 'Nobody has acknowledged yet.',
  acknowledged: 'Acknowledged',
  testSubject: 'Roost test',
  test: 'This is the weekly test of the alarms. Nothing is wrong.',
}

const de: Words = {
  critical: 'ALARM',
  warning: 'Warnung',
  over: 'VORBEI',
  hub: 'Box',
  overNow: ', jetzt vorbei',
  forMinutes: (minutes) => `, seit ${minutes} min`,
  limit: (bound) => `(Grenze ${bound})`,
  minutes: (count) => `${count} min`,
  nodes: (count) => `${count} Knoten`,
  devices: (count) => `${count} Geräte`,
  more: (count) => `und ${count} weitere`,
  nobody: 'Noch kümmert sich niemand.',
  acknowledged: 'Bestätigt',
  testSubject: 'Roost: Probe',
  test: 'Das ist die Wochenprobe der Alarme. Es ist nichts geschehen.',
}

const es: Words = {
  critical: 'ALARMA',
  warning: 'Aviso',
  over: 'TERMINADO',
  hub: 'Caja',
  overNow: ', ya terminado',
  forMinutes: (minutes) => `, desde hace ${minutes} min`,
  limit: (bound) => `(límite ${bound})`,
  minutes: (count) => `${count} min`,
  nodes: (count) => `${count} nodos`,
  devices: (count) => `${count} aparatos`,
  more: (count) => `y ${count} más`,
  nobody: 'Nadie se ocupa todavía.',
  acknowledged: 'Visto',
  testSubject: 'Roost: prueba',
  test: 'Esta es la prueba semanal de las alarmas. No pasa nada.',
}

/** The words of a language, with the names of alarms. Pure. */
export const callWords = (locale: string) => ({ ...inLanguage({ en, de, es }, locale), names: alarmNames(locale) })
export type CallWords = ReturnType<typeof callWords>
