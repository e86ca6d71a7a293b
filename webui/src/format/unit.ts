// Units of the wire (UCUM-style, protocol.md) as people write them. Pure.

const WRITTEN: Readonly<Record<string, string>> = {
  Cel: '°C',
  K: '°C',
  '%RH': '% RH',
  '[ppm]': 'ppm',
  '1': '',
  'l/min': 'L/min',
  l: 'L',
  deg: '°',
}

/** The unit as it stands behind a number; '' for a plain number. */
export const unitText = (unit: string): string => WRITTEN[unit] ?? unit
