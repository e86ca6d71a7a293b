// German: what a node is asked to do at once.
import type { Catalogue } from './catalogue.ts'

export const deNodeCommands: Catalogue['nodeCommands'] = {
  title: 'Was er jetzt tun kann',
  names: { read: 'Jetzt messen', identify: 'Blinken', restart: 'Neu starten' },
  restartSure: 'Den Knoten neu starten? Er misst einige Sekunden lang nichts.',
  underWay: 'Gefragt. Warten auf den Knoten.',
  done: {
    read: 'Der Knoten hat eben gemessen.',
    identify: 'Der Knoten blinkt eine halbe Minute.',
    restart: 'Der Knoten startet neu.',
  },
  /** By the hub's word for it. */
  why: {
    offline: 'Der Knoten ist nicht verbunden.',
    refused: 'Der Knoten hat abgelehnt.',
    timeout: 'Der Knoten hat nicht rechtzeitig geantwortet.',
    busy: 'Die Knoten werden gerade zu viel gefragt. Bitte noch einmal.',
    'not-sent': 'Es ließ sich nicht senden.',
    '': 'Die Zentrale hat nicht geantwortet.',
  },
  failed: (why) => `Nicht getan: ${why}`,
}
