// German: maintenance.
import type { Catalogue } from './catalogue.ts'
import { plural } from './de-words.ts'

export const deMaintenance = (number: (value: number, decimals: number) => string): Catalogue['maintenance'] => ({
  title: 'Wartung',
  look: 'Jetzt nachsehen',
  looking: 'Die Zentrale sieht den letzten Monat durch',
  findings: 'Worum man sich bald kümmern muss',
  none: 'Nichts.',
  notYet: 'Die Zentrale sieht den ersten Stall eine Minute nach dem Start durch. Schauen Sie gleich noch einmal.',
  lookedAt: (time) => `Zuletzt nachgesehen ${time}.`,
  since: (time) => `Zu sehen seit ${time}.`,
  daysLeft: (days) =>
    plural(days, {
      one: 'Wenn es so weitergeht, noch etwa # Tag.',
      other: 'Wenn es so weitergeht, noch etwa # Tage.',
    }),
  codes: 'Was die Knoten melden, letzte 30 Tage',
  code: 'Meldung',
  week: 'Letzte 7 Tage',
  nodes: 'Knoten',
  toDo: 'Was zu tun ist',
  of: {
    'heap-leak': {
      title: 'Dem Knoten geht der Speicher aus',
      why: ({ lossBytesPerDay = 0, freeBytes = 0 }) =>
        `Er verliert ${number(lossBytesPerDay / 1000, 1)} KB am Tag und hat noch ${number(freeBytes / 1000, 0)} KB.`,
      advice: 'Starten Sie ihn in einem ruhigen Moment neu. Fängt es wieder an, braucht er eine neuere Firmware.',
    },
    'signal-fading': {
      title: 'Das Funksignal wird schwächer',
      why: ({ beforeDbm = 0, nowDbm = 0 }) => `Von ${number(beforeDbm, 0)} auf ${number(nowDbm, 0)} dBm.`,
      advice:
        'Sehen Sie nach der Antenne, nach Feuchte im Gehäuse und danach, was zwischen Knoten und Zugangspunkt steht.',
    },
    'reboot-loop': {
      title: 'Der Knoten startet immer wieder neu',
      why: ({ restartsLastDay = 0, restartsThreeDays = 0 }) =>
        `${restartsLastDay} Mal in den letzten 24 Stunden, ${restartsThreeDays} Mal in drei Tagen.`,
      advice: 'Prüfen Sie Netzteil und Stecker. Sind sie gut, ersetzen Sie den Knoten.',
    },
    'errors-rising': {
      title: 'Der Knoten meldet immer öfter einen Fehler',
      why: ({ diagCode = 0, nowPerDay = 0, beforePerDay = 0 }) =>
        `Code 0x${diagCode.toString(16)}: ${number(nowPerDay, 0)} Mal am Tag, vorher ${number(beforePerDay, 1)}.`,
      advice: 'Was der Code bedeutet und was zu tun ist, steht in der Tabelle unten.',
    },
    'sensor-stuck': {
      title: 'Der Sensor zeigt bis zur letzten Stelle denselben Wert',
      why: ({ value = 0, stuckHours = 0 }) => `${value} seit ${stuckHours} Stunden. Das gab es vorher nie.`,
      advice: 'Verlassen Sie sich nicht auf ihn. Prüfen Sie Stecker und Kabel, reinigen oder ersetzen Sie ihn.',
    },
    'sensor-drift': {
      title: 'Der Sensor läuft den anderen im Stall davon',
      why: ({ wandered = 0 }) => `Seitdem um ${wandered > 0 ? '+' : ''}${number(wandered, 1)}.`,
      advice: 'Reinigen und kalibrieren Sie ihn; läuft er wieder davon, ersetzen Sie ihn.',
    },
  },
})
