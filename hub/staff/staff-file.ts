// What of the staff lies on the card, in the crash-safe settings file `staff.*.json`: the farm's claim, accounts, sessions, API tokens.
// One document, so that a claim is one write: the box is this farm's with its first admin, or it is not claimed at all.
import * as v from 'valibot'
import type { Disk } from '../core/disk.ts'
import type { Log } from '../core/log.ts'
import { isPasswordHash } from '../core/passwords.ts'
import { createJsonFile, type JsonFile } from '../registry/json-file.ts'
import { PERMISSION_NAMES, ROLES } from './permissions.ts'

const FORMAT = 1
export const ACCOUNTS_MAX = 64
export const SESSIONS_MAX = 256
export const TOKENS_MAX = 64

export const accountName = v.pipe(
  v.string(),
  v.regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,31}$/u, 'is not 1 to 32 letters, digits, spaces, ".", "_" and "-"'),
  v.check((name) => name === name.normalize('NFC') && name === name.trim(), 'is not normalised text'),
)
export const farmText = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(64))
export const language = v.pipe(v.string(), v.regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})?$/))
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/))

const accountSchema = v.object({
  name: accountName,
  role: v.picklist(ROLES),
  hash: v.pipe(v.string(), v.check(isPasswordHash, 'is no password hash')),
  changedMs: v.number(),
  /** With which a colleague's signed-in phone becomes this person's; viewers and workers only. */
  pinHash: v.optional(v.nullable(v.pipe(v.string(), v.check(isPasswordHash, 'is no password hash'))), null),
})
const sessionSchema = v.object({
  id: v.string(),
  tokenHash: sha256,
  name: v.string(),
  address: v.string(),
  agent: v.string(),
  startedMs: v.number(),
  usedMs: v.number(),
  /** Who signed this phone in by password, when somebody took it over by PIN. */
  device: v.optional(v.nullable(v.string()), null),
})
const tokenSchema = v.object({
  id: v.string(),
  tokenHash: sha256,
  label: farmText,
  scopes: v.array(v.picklist(PERMISSION_NAMES)),
  madeBy: v.string(),
  madeMs: v.number(),
})
const farmSchema = v.object({ name: farmText, language, claimedMs: v.number(), firstHouse: v.nullable(v.string()) })
const documentSchema = v.object({
  /** The code that claims the box; gone once it did. */
  claimCode: v.nullable(v.string()),
  farm: v.nullable(farmSchema),
  accounts: v.pipe(v.array(accountSchema), v.maxLength(ACCOUNTS_MAX)),
  sessions: v.pipe(v.array(sessionSchema), v.maxLength(SESSIONS_MAX)),
  tokens: v.pipe(v.array(tokenSchema), v.maxLength(TOKENS_MAX)),
})

export type Account = v.InferOutput<typeof accountSchema>
export type Session = v.InferOutput<typeof sessionSchema>
export type ApiToken = v.InferOutput<typeof tokenSchema>
export type Farm = v.InferOutput<typeof farmSchema>
export type StaffDocument = v.InferOutput<typeof documentSchema>

export const createStaffFile = (parts: { dir: string; disk: Disk; log: Log }): JsonFile<StaffDocument> =>
  createJsonFile<StaffDocument>({
    ...parts,
    name: 'staff',
    format: FORMAT,
    parse: (value) => v.parse(documentSchema, value),
    count: ({ accounts }) => accounts.length,
  })
