// Secrets that the hub makes up: tokens of 256 bits for machines and cookies, codes that a person reads off a box and types.
import { createHash, randomBytes, randomInt, timingSafeEqual } from 'node:crypto'

const TOKEN_BYTES = 32
/** No letters and digits that are taken for one another. */
const CODE_LETTERS = '23456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_LENGTH = 12

/** 43 characters of base64url. */
export const makeToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url')
/** SHA-256, hex: enough for what has 256 bits of chance, and nothing that is read from the card logs anybody in. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

/** A code as `ABCD-EFGH-JKMN`: 58 bits. */
export function makeCode(): string {
  const letters = Array.from({ length: CODE_LENGTH }, () => CODE_LETTERS[randomInt(CODE_LETTERS.length)])
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-')
}

/** A code as it is compared: capitals, without what people put between. */
export const bareCode = (text: string): string => text.toUpperCase().replace(/[^0-9A-Z]/g, '')

/** True for the same code; takes the same time wherever they differ. */
export const isSameCode = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(hashOf(bareCode(a))), Buffer.from(hashOf(bareCode(b))))
