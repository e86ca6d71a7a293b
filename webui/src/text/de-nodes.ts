// German: bringing nodes in, their certificates and updates, other devices.
import type { Catalogue } from './catalogue.ts'
import { plural, span, spanDative } from './de-words.ts'

export const deAddNode: Catalogue['addNode'] = {
  title: 'Knoten hinzufügen',
  link: 'Knoten hinzufügen',
  where: 'Wo hängt er?',
  house: 'Stall',
  node: 'Platz im Stall',
  nodeHint: 'Zum Beispiel: Nordwand',
  known: (uid) => `Dort hängt schon ${uid}.`,
  sameNode: 'Es ist dieser: Er bekommt neue Schlüssel',
  otherNode: 'Ein neuer Knoten tritt an seine Stelle: Der alte wird ausgesperrt, sobald der neue da ist',
  make: 'Code erzeugen',
  notMade: (why) => (why === '' ? 'Die Zentrale hat nicht geantwortet.' : `Es wurde kein Code erzeugt: ${why}.`),
  nobody: 'Dafür brauchen Sie mehr Rechte. Ein Verwalter des Hofs kann es.',
  code: 'Einmalcode',
  codeFor: (house, node) => `Für ${node} in ${house}`,
  left: (minutes, seconds) => `Noch ${minutes}:${String(seconds).padStart(2, '0')} gültig`,
  qr: 'Dasselbe als QR-Code',
  steps: [
    'Den Knoten in der Nähe der Box einschalten.',
    'In sein eigenes WLAN gehen, das mit rn- beginnt. Seiner Seite die Zeile unten geben.',
    'Er erscheint hier von selbst.',
  ],
  waiting: 'Warten auf den Knoten',
  line: 'Für die Seite des Knotens kopieren',
  port: 'Port der Zentrale',
  fingerprint: 'Fingerabdruck des Hofs',
  cancel: 'Code zurückziehen',
  inTitle: 'Der Knoten ist da',
  inBody: (uid) => `${uid} hat seine Schlüssel und seinen Platz. Gleich kommen die ersten Werte.`,
  look: 'Ansehen',
  another: 'Noch einen Knoten hinzufügen',
  late: 'Niemand hat den Code rechtzeitig benutzt. Er gilt nicht mehr.',
  void: 'Der Code gilt nicht mehr: Die Zentrale ist neu gestartet, oder jemand hat ihn zurückgezogen. Es kam kein Knoten dazu.',
  again: 'Neuen Code erzeugen',
}

export const deIdentity: Catalogue['identity'] = {
  title: 'Zertifikate',
  nodeTitle: 'Zertifikat',
  state: {
    none: 'unbekannt',
    valid: 'gültig',
    due: 'zu erneuern',
    rotating: 'wird erneuert',
    overdue: 'überfällig',
    stranded: 'zurückgeblieben',
    revoked: 'gesperrt',
  },
  means: {
    none: 'Die Zentrale hat noch nie ein Zertifikat dieses Knotens gesehen.',
    valid: 'Dieser Knoten weist sich aus.',
    due: 'Die Zentrale lässt den Knoten es erneuern, sobald er verbunden ist. Nichts zu tun.',
    rotating: 'Der Knoten hat ein neues bekommen und noch nicht benutzt. Nichts zu tun.',
    overdue:
      'Es ist abgelaufen. Der Knoten wird noch 90 Tage eingelassen. Sehen Sie nach, warum er es nicht erneuert: Ist er verbunden?',
    stranded:
      'Der Hof hat eine neue Zertifizierungsstelle, und dieser Knoten kam nicht rechtzeitig mit. Geben Sie ihm einen neuen Code.',
    revoked: 'Dieser Knoten ist ausgesperrt. Um ihn wieder einzulassen, geben Sie ihm einen neuen Code.',
  },
  summary: (valid, all) =>
    valid === all
      ? plural(all, {
          one: 'Das Zertifikat des einzigen Knotens ist gültig.',
          other: 'Die Zertifikate aller # Knoten sind gültig.',
        })
      : `${valid} von ${plural(all, { one: '# Knoten hat', other: '# Knoten haben' })} ein gültiges Zertifikat.`,
  noNodes: 'Noch kein Knoten.',
  until: (day) => `gültig bis ${day}`,
  was: (day) => `war gültig bis ${day}`,
  daysLeft: (days) => plural(days, { one: 'noch # Tag', other: 'noch # Tage' }),
  daysOver: (days) => plural(days, { one: 'vor # Tag abgelaufen', other: 'vor # Tagen abgelaufen' }),
  serial: 'Seriennummer',
  renew: 'Jetzt erneuern',
  revoke: 'Sperren',
  revokeSure: (name) =>
    `${name} aussperren? Seine Verbindungen enden sofort, und er wird erst mit einem neuen Code wieder eingelassen.`,
  newCode: 'Neuen Code geben',
  done: {
    renewed: 'Der Knoten hat ein neues Zertifikat.',
    revoked: 'Der Knoten ist ausgesperrt.',
    rolled: 'Der Hof hat eine neue Zertifizierungsstelle. Die Knoten wechseln von selbst.',
    ended: 'Die alte Zertifizierungsstelle ist weg.',
  },
  notDone: (why) => (why === '' ? 'Die Zentrale hat nicht geantwortet.' : `Nicht ausgeführt: ${why}.`),
  caTitle: 'Zertifizierungsstelle des Hofs',
  caUntil: (day) => `Sie unterschreibt die Zertifikate aller Knoten und gilt bis ${day}.`,
  caRolling: (moved, all, day) =>
    `Sie wird gewechselt: ${moved} von ${plural(all, { one: '# Knoten', other: '# Knoten' })} haben die neue. Die alte geht, wenn alle sie haben, oder am ${day}.`,
  caLeft: 'Noch nicht gewechselt',
  roll: 'Neue erzeugen',
  rollSure:
    'Eine neue Zertifizierungsstelle erzeugen? Die verbundenen Knoten wechseln von selbst. Nur nötig, wenn jemand die Karte der Box kopiert haben könnte.',
  end: 'Die alte jetzt verwerfen',
  endSure: (count) =>
    `Die alte verwerfen? ${plural(count, { one: '# Knoten, der noch nicht gewechselt hat, ist dann ausgesperrt und braucht', other: '# Knoten, die noch nicht gewechselt haben, sind dann ausgesperrt und brauchen' })} einen neuen Code.`,
}

export const deOthers: Catalogue['others'] = {
  title: 'Andere Geräte',
  summary: (silent, all) =>
    silent === 0
      ? plural(all, { one: 'Das eine bekannte meldet sich.', other: 'Alle # bekannten melden sich.' })
      : plural(silent, { one: '# schweigt.', other: '# schweigen.' }),
  silent: (since) => `Schweigt. Zuletzt gehört ${since}.`,
  waiting: 'Seit dem Start der Zentrale nicht gehört.',
  live: 'Meldet sich.',
  limit: (limit) => `Gilt nach ${spanDative(limit)} als schweigend.`,
  span,
  more: 'Es gibt mehr, als hier stehen.',
  change: 'Ändern',
  changeOf: (name) => `${name} ändern`,
  name: 'Name',
  silentAfter: 'Gilt als schweigend nach',
  forget: 'Vergessen',
  forgetSure: 'Dieses Gerät und seine letzten Werte vergessen? Es kommt von selbst wieder, wenn es sich meldet.',
  refused: (why) =>
    why === '' ? 'Die Zentrale hat nicht geantwortet. Es wurde nichts geändert.' : `Nicht geändert: ${why}.`,
}

export const deUpdates: Catalogue['updates'] = {
  title: 'Updates der Knoten',
  notDone: (why) => (why === '' ? 'Die Zentrale hat nicht geantwortet.' : `Nicht ausgeführt: ${why}.`),
  done: {
    added: 'Die Firmware ist da.',
    removed: 'Die Firmware ist entfernt.',
    started: 'Die Verteilung hat mit dem ersten Knoten begonnen.',
    acted: 'Erledigt.',
  },
  now: 'Verteilung',
  none: 'Von hier aus wurde noch kein Knoten aktualisiert.',
  to: (version, scope) => `${version} für ${scope === 'farm' ? 'den ganzen Hof' : scope}`,
  state: {
    running: 'Läuft',
    paused: 'Pause: Es beginnt nichts Neues',
    halted: 'Angehalten',
    cancelled: 'Abgebrochen',
    done: 'Fertig',
  },
  why: (reason) => `Grund: ${reason}.`,
  stage: (stage, stages) => `Schritt ${stage} von ${stages}`,
  soak: (minutes) => `Der nächste Schritt beginnt in ${minutes} min, wenn alles gut bleibt.`,
  sum: ({ done, underWay, waiting, bad }) =>
    `${done} fertig, ${underWay} dabei, ${waiting} warten, ${bad} mit Problemen.`,
  halt: 'Jetzt anhalten',
  pause: 'Pause',
  resume: 'Weiter',
  resumeAnyway: 'Trotzdem weiter',
  retry: 'Gescheiterte Knoten erneut versuchen',
  cancel: 'Verteilung beenden',
  cancelSure: 'Diese Verteilung beenden? Die Knoten behalten, was sie jetzt haben.',
  nodes: 'Knoten',
  node: 'Knoten',
  where: 'Stall',
  how: 'Update',
  nodeState: {
    waiting: 'wartet',
    offered: 'gefragt',
    accepted: 'hat angenommen',
    downloading: 'lädt',
    verifying: 'prüft, was ankam',
    booted: 'startet es',
    health: 'probiert es aus',
    confirmed: 'läuft damit',
    current: 'hatte es schon',
    'left-out': 'ausgelassen',
    'rolled-back': 'zurück auf die vorige Version',
    failed: 'gescheitert',
    'wrong-image': 'läuft mit etwas anderem',
  },
  more: (count) => `${count} weitere Knoten`,
  catalogue: 'Firmware auf dieser Box',
  empty: 'Hier ist noch keine Firmware. Sie kommt mit einem Update der Box oder als Datei vom Lieferanten.',
  noKey:
    'Diese Box kennt niemanden, dessen Firmware sie annähme. Ein Schlüssel für Veröffentlichungen wird auf der Kommandozeile hinzugefügt.',
  about: (chip, kilobytes) => `für ${chip}, ${kilobytes} KB`,
  notSent: (why) => `Nicht verwendbar: ${why}.`,
  remove: (version) => `${version} entfernen`,
  removeSure: (version) => `${version} von dieser Box entfernen? Knoten, die damit laufen, laufen weiter.`,
  file: 'Firmware-Datei',
  upload: 'Datei hinzufügen',
  begin: 'Knoten aktualisieren',
  firmware: 'Firmware',
  target: 'Welche Knoten',
  farm: 'Der ganze Hof',
  soakMinutes: 'Minuten Beobachtung nach jedem Schritt',
  nightly: 'Nur zwischen 22:00 und 5:00 beginnen',
  start: 'Mit einem Knoten beginnen',
  steps:
    'Zuerst kommt ein Knoten. Bleibt er gesund, folgt ein Viertel der Knoten, dann alle. Es hält von selbst an, wenn ein Knoten scheitert.',
  past: 'Früher',
  pastOf: (version, scope, state) => `${version} für ${scope}: ${state}`,
}
