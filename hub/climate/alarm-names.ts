// What the preset alarms are called, in the languages of calls and reports, by their English names; one that staff made keeps its own name.
import { inLanguage } from '../core/languages.ts'

type Names = Readonly<Record<string, string>>

const de: Names = {
  'High temperature': 'Zu warm',
  'Too hot for any bird': 'Zu heiß für jedes Tier',
  'Too hot for chicks': 'Zu heiß für Küken',
  'Temperature rises fast': 'Temperatur steigt schnell',
  'Heat stress: danger': 'Hitzestress: Gefahr',
  'Heat stress: emergency': 'Hitzestress: Notfall',
  'Low temperature': 'Zu kalt',
  'CO2 above the legal limit': 'CO₂ über dem erlaubten Wert',
  'CO2 harms birds': 'CO₂ schadet den Tieren',
  'Ammonia above the legal limit': 'Ammoniak über dem erlaubten Wert',
  'Ammonia harms birds': 'Ammoniak schadet den Tieren',
  'Air too damp': 'Luft zu feucht',
  'Mains lost': 'Netzstrom ausgefallen',
  'No temperature known': 'Temperatur unbekannt',
  'Node offline': 'Knoten nicht erreichbar',
  'Other device silent': 'Anderes Gerät meldet sich nicht',
  'Node comes and goes': 'Knoten kommt und geht',
  'Sensor failed': 'Sensor ausgefallen',
  'Two temperatures differ': 'Zwei Temperaturen widersprechen sich',
  'No water drunk': 'Es wird nicht getrunken',
  'Water may leak': 'Vielleicht läuft Wasser aus',
  'Drank less than the day before': 'Weniger getrunken als am Vortag',
  'Water and feed do not fit': 'Wasser und Futter passen nicht zusammen',
  'Window does not follow': 'Fenster folgt nicht',
  'Power supply of the box is weak': 'Netzteil der Box ist schwach',
  'The box was without power': 'Die Box war ohne Strom',
  'The box cannot keep readings': 'Die Box kann keine Werte speichern',
}

const es: Names = {
  'High temperature': 'Demasiado calor',
  'Too hot for any bird': 'Demasiado calor para cualquier ave',
  'Too hot for chicks': 'Demasiado calor para los pollitos',
  'Temperature rises fast': 'La temperatura sube deprisa',
  'Heat stress: danger': 'Estrés por calor: peligro',
  'Heat stress: emergency': 'Estrés por calor: emergencia',
  'Low temperature': 'Demasiado frío',
  'CO2 above the legal limit': 'CO₂ por encima del límite legal',
  'CO2 harms birds': 'El CO₂ daña a las aves',
  'Ammonia above the legal limit': 'Amoníaco por encima del límite legal',
  'Ammonia harms birds': 'El amoníaco daña a las aves',
  'Air too damp': 'Aire demasiado húmedo',
  'Mains lost': 'Falta la corriente',
  'No temperature known': 'No se conoce la temperatura',
  'Node offline': 'Un nodo no responde',
  'Other device silent': 'Otro aparato no dice nada',
  'Node comes and goes': 'Un nodo va y viene',
  'Sensor failed': 'Sensor averiado',
  'Two temperatures differ': 'Dos temperaturas no coinciden',
  'No water drunk': 'No se bebe agua',
  'Water may leak': 'Puede haber una fuga de agua',
  'Drank less than the day before': 'Bebieron menos que el día anterior',
  'Water and feed do not fit': 'El agua y el pienso no cuadran',
  'Window does not follow': 'La ventana no obedece',
  'Power supply of the box is weak': 'La fuente de la caja es débil',
  'The box was without power': 'La caja estuvo sin corriente',
  'The box cannot keep readings': 'La caja no puede guardar valores',
}

/** Pure. */
export const alarmNames = (locale: string): Names => inLanguage({ en: {}, de, es }, locale)
