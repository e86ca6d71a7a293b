// The words of the day's report as text and as table, in the languages of the page.
import type { LegalBreach } from '../climate/legal.ts'
import type { Measure } from '../climate/measure.ts'
import { inLanguage } from '../core/languages.ts'

export interface ReportWords {
  house: string
  date: string
  hours: string
  flock: string
  day: string
  alive: string
  dead: string
  culled: string
  lost: string
  note: string
  target: string
  below: string
  above: string
  columns: readonly [measure: string, least: string, at: string, mean: string, most: string, at: string]
  measures: Readonly<Record<Measure, string>>
  ratio: string
  beyond: Readonly<Record<LegalBreach['limit'], string>>
  limit(bound: number): string
  alarms: string
  severity: Readonly<Record<string, string>>
  stillOn: string
  until(clock: string): string
  seenBy(name: string): string
  notSeen: string
}

const en: ReportWords = {
  house: 'House',
  date: 'Date',
  hours: 'Hours measured',
  flock: 'Flock',
  day: 'Day of age',
  alive: 'Birds alive',
  dead: 'Dead today',
  culled: 'Culled today',
  lost: 'Lost in all',
  note: 'Note',
  target: 'Target (°C)',
  below: 'Hours below the band',
  above: 'Hours above the band',
  columns: ['Measure', 'Least', 'at', 'Mean', 'Most', 'at'],
  measures: {
    temp: 'Temperature (°C)',
    humidity: 'Humidity (%)',
    co2: 'CO2 (ppm)',
    nh3: 'NH3 (ppm)',
    water: 'Water (L)',
    feed: 'Feed (kg)',
    mains: 'Mains',
    window: 'Window (%)',
    air: 'Air (m/s)',
    light: 'Light (lx)',
  },
  ratio: 'Water per feed (L/kg)',
  beyond: { nh3: 'NH3', co2: 'CO2', heat: 'temperature', humidity: 'humidity' },
  limit: (bound) => `limit ${bound}`,
  alarms: 'Alarms',
  severity: { critical: 'critical', warning: 'warning' },
  stillOn: 'still on',
  until: (clock) => `until ${clock}`,
  seenBy: (name) => `seen by ${name}`,
  notSeen: 'not acknowledged',
}

const de: ReportWords = {
  house: 'Stall',
  date: 'Tag',
  hours: 'Gemessene Stunden',
  flock: 'Herde',
  day: 'Lebenstag',
  alive: 'Lebend',
  dead: 'Heute tot gefunden',
  culled: 'Heute gemerzt',
  lost: 'Verluste bisher',
  note: 'Notiz',
  target: 'Soll (°C)',
  below: 'Stunden unter dem Band',
  above: 'Stunden über dem Band',
  columns: ['Messgröße', 'Kleinster', 'um', 'Mittel', 'Größter', 'um'],
  measures: {
    temp: 'Temperatur (°C)',
    humidity: 'Luftfeuchte (%)',
    co2: 'CO2 (ppm)',
    nh3: 'NH3 (ppm)',
    water: 'Wasser (L)',
    feed: 'Futter (kg)',
    mains: 'Netzstrom',
    window: 'Fenster (%)',
    air: 'Luft (m/s)',
    light: 'Licht (lx)',
  },
  ratio: 'Wasser je Futter (L/kg)',
  beyond: { nh3: 'NH3', co2: 'CO2', heat: 'Temperatur', humidity: 'Luftfeuchte' },
  limit: (bound) => `erlaubt ${bound}`,
  alarms: 'Alarme',
  severity: { critical: 'kritisch', warning: 'Warnung' },
  stillOn: 'dauert an',
  until: (clock) => `bis ${clock}`,
  seenBy: (name) => `${name} hat sich gekümmert`,
  notSeen: 'niemand hat sich gekümmert',
}

const es: ReportWords = {
  house: 'Nave',
  date: 'Día',
  hours: 'Horas medidas',
  flock: 'Lote',
  day: 'Día de vida',
  alive: 'Vivas',
  dead: 'Muertas hoy',
  culled: 'Descartadas hoy',
  lost: 'Bajas en total',
  note: 'Nota',
  target: 'Deseado (°C)',
  below: 'Horas bajo la banda',
  above: 'Horas sobre la banda',
  columns: ['Medida', 'Mínimo', 'a las', 'Media', 'Máximo', 'a las'],
  measures: {
    temp: 'Temperatura (°C)',
    humidity: 'Humedad (%)',
    co2: 'CO2 (ppm)',
    nh3: 'NH3 (ppm)',
    water: 'Agua (L)',
    feed: 'Pienso (kg)',
    mains: 'Corriente',
    window: 'Ventana (%)',
    air: 'Aire (m/s)',
    light: 'Luz (lx)',
  },
  ratio: 'Agua por pienso (L/kg)',
  beyond: { nh3: 'NH3', co2: 'CO2', heat: 'temperatura', humidity: 'humedad' },
  limit: (bound) => `límite ${bound}`,
  alarms: 'Alarmas',
  severity: { critical: 'crítica', warning: 'aviso' },
  stillOn: 'sigue',
  until: (clock) => `hasta ${clock}`,
  seenBy: (name) => `se ocupó ${name}`,
  notSeen: 'nadie se ocupó',
}

/** Pure. */
export const reportWords = (locale: string): ReportWords => inLanguage({ en, de, es }, locale)
