// What the pages before the login say, in the languages of the page.
import type { LANGUAGES } from './staff.ts'

export type DoorLanguage = (typeof LANGUAGES)[number]

interface Label {
  label: string
  note?: string
}

export interface DoorWords {
  code: Label
  codeAgain: Label
  farm: Label
  firstHouse: Label
  language: Label
  name: Label
  password: Label
  firstPassword: Label
  newPassword: Label
  claim: { title: string; lead: string; button: string }
  login: { title: string; lead: string; button: string }
  recover: { title: string; lead: string; button: string }
  forgotten: string
  trust: { link: string; why: string }
  restore: string
}

const en: DoorWords = {
  code: { label: 'Code of the box', note: 'On the label below the box.' },
  codeAgain: {
    label: 'Code of the box',
    note: 'On the label below the box, or by “roost claim-code” on its command line.',
  },
  farm: { label: 'Name of the farm' },
  firstHouse: { label: 'First house', note: 'You can leave this empty.' },
  language: { label: 'Language of the farm', note: 'You can change it later, on the page Staff.' },
  name: { label: 'Your name' },
  password: { label: 'Password' },
  firstPassword: { label: 'A password for you', note: 'Eight characters or more.' },
  newPassword: { label: 'New password', note: 'Eight characters or more.' },
  claim: {
    title: 'A new box',
    lead: 'Nobody has claimed this box yet. It becomes your farm’s with the code that is printed on it.',
    button: 'Claim this box',
  },
  login: { title: 'Log in', lead: '', button: 'Log in' },
  recover: {
    title: 'A new password',
    lead: 'For an admin who stands at the box. Everybody else gets a new password from an admin.',
    button: 'Set the password',
  },
  forgotten: 'Password forgotten?',
  trust: { link: 'Let this phone trust the box', why: ', so that nobody can read along.' },
  restore: 'This farm had a box before: restore from a backup',
}

const de: DoorWords = {
  code: { label: 'Code der Box', note: 'Auf dem Aufkleber unter der Box.' },
  codeAgain: {
    label: 'Code der Box',
    note: 'Auf dem Aufkleber unter der Box, oder mit „roost claim-code“ auf ihrer Kommandozeile.',
  },
  farm: { label: 'Name des Hofs' },
  firstHouse: { label: 'Erster Stall', note: 'Das darf leer bleiben.' },
  language: { label: 'Sprache des Hofs', note: 'Sie lässt sich später auf der Seite „Mitarbeiter“ ändern.' },
  name: { label: 'Ihr Name' },
  password: { label: 'Passwort' },
  firstPassword: { label: 'Ein Passwort für Sie', note: 'Mindestens acht Zeichen.' },
  newPassword: { label: 'Neues Passwort', note: 'Mindestens acht Zeichen.' },
  claim: {
    title: 'Eine neue Box',
    lead: 'Diese Box gehört noch niemandem. Mit dem aufgedruckten Code wird sie die Ihres Hofs.',
    button: 'Box in Besitz nehmen',
  },
  login: { title: 'Anmelden', lead: '', button: 'Anmelden' },
  recover: {
    title: 'Ein neues Passwort',
    lead: 'Für einen Verwalter, der an der Box steht. Alle anderen bekommen ein neues Passwort von einem Verwalter.',
    button: 'Passwort setzen',
  },
  forgotten: 'Passwort vergessen?',
  trust: { link: 'Dieses Telefon der Box vertrauen lassen', why: ', damit niemand mitlesen kann.' },
  restore: 'Dieser Hof hatte schon eine Box: aus einer Sicherung wiederherstellen',
}

const es: DoorWords = {
  code: { label: 'Código de la caja', note: 'En la etiqueta, debajo de la caja.' },
  codeAgain: {
    label: 'Código de la caja',
    note: 'En la etiqueta, debajo de la caja, o con «roost claim-code» en su línea de comandos.',
  },
  farm: { label: 'Nombre de la granja' },
  firstHouse: { label: 'Primera nave', note: 'Puede dejarlo vacío.' },
  language: { label: 'Idioma de la granja', note: 'Se puede cambiar después, en la página «Personal».' },
  name: { label: 'Su nombre' },
  password: { label: 'Contraseña' },
  firstPassword: { label: 'Una contraseña para usted', note: 'Ocho caracteres o más.' },
  newPassword: { label: 'Contraseña nueva', note: 'Ocho caracteres o más.' },
  claim: {
    title: 'Una caja nueva',
    lead: 'Esta caja todavía no es de nadie. Con el código que lleva impreso pasa a ser la de su granja.',
    button: 'Hacer mía esta caja',
  },
  login: { title: 'Entrar', lead: '', button: 'Entrar' },
  recover: {
    title: 'Una contraseña nueva',
    lead: 'Para un administrador que está junto a la caja. A los demás se la da un administrador.',
    button: 'Poner la contraseña',
  },
  forgotten: '¿Olvidó la contraseña?',
  trust: { link: 'Que este teléfono confíe en la caja', why: ', para que nadie pueda leer lo que se envía.' },
  restore: 'Esta granja ya tenía una caja: recuperar de una copia',
}

export const DOOR_WORDS: Readonly<Record<DoorLanguage, DoorWords>> = { en, de, es }
