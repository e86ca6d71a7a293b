// What the staff's rules say of names, passwords, PINs and who must stay. Pure.
import * as v from 'valibot'
import { RoostError } from '../core/errors.ts'
import { PASSWORD_MAX_BYTES } from '../core/passwords.ts'
import type { Account } from './staff-file.ts'

const PASSWORD_MIN_CHARACTERS = 8

/** What one guesser has many of counts as one: the first half of an IPv6 address. */
export const network = (address: string) =>
  address.includes(':') && !address.startsWith('::') ? address.split(':').slice(0, 4).join(':') : address

/** The accounts with one changed. */
export const replaced = (accounts: readonly Account[], by: Account) =>
  accounts.map((each) => (each.name === by.name ? by : each))

const hasAdmin = (accounts: readonly Account[]) => accounts.some(({ role }) => role === 'admin')

/** Error: LAST_ADMIN, when there was an admin and would be none. */
export function mustKeepAdmin(before: readonly Account[], after: readonly Account[]) {
  if (hasAdmin(before) && !hasAdmin(after)) throw new RoostError('LAST_ADMIN', 'a farm keeps one admin at least')
}

/** `text` by its schema. Error: BAD_REQUEST, naming `what`. */
export function checkText(schema: v.GenericSchema<string, string>, text: string, what: string): string {
  const parsed = v.safeParse(schema, text)
  if (parsed.success) return parsed.output
  throw new RoostError('BAD_REQUEST', `${what}: ${parsed.issues[0].message}`)
}

/** Error: BAD_REQUEST. */
export function checkPassword(password: string) {
  const isShort = [...password].length < PASSWORD_MIN_CHARACTERS
  if (isShort || Buffer.byteLength(password) > PASSWORD_MAX_BYTES) {
    throw new RoostError('BAD_REQUEST', `a password has ${PASSWORD_MIN_CHARACTERS} characters at least`)
  }
}

const RISING = '01234567890'
const FALLING = '09876543210'

/** Four to six digits that are not all the same nor in a row. Error: BAD_REQUEST. */
export function checkPin(pin: string) {
  if (!/^\d{4,6}$/.test(pin)) throw new RoostError('BAD_REQUEST', 'a PIN has four to six digits')
  if (/^(\d)\1+$/.test(pin) || RISING.includes(pin) || FALLING.includes(pin)) {
    throw new RoostError('BAD_REQUEST', 'a PIN is not one digit again and again, nor digits in a row')
  }
}

/** Whom a PIN is enough for: who may do much gives the password. */
export const isForPin = ({ role }: Pick<Account, 'role'>): boolean => role === 'viewer' || role === 'worker'
