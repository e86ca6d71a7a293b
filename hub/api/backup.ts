// GET, POST, PUT and DELETE /api/v1/backups, POST /api/v1/backups/download: the farm in one sealed file, at night, now, or to take away.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Checked } from '../backup/backup.ts'
import type { Backups } from '../backup/backups.ts'
import type { BackupMadeDto, BackupsDto } from './contract.ts'
import { route } from './openapi/route.ts'

const text = v.pipe(v.string(), v.maxLength(512))
export const nightlySchema = v.strictObject({
  directory: v.pipe(v.string(), v.minLength(1), v.maxLength(1_024)),
  keep: v.exactOptional(v.number()),
  passphrase: text,
})
export const downloadSchema = v.strictObject({ passphrase: text })

export interface BackupSources {
  backups: Backups
}

const statusShape: v.GenericSchema<BackupsDto> = v.strictObject({
  nightly: v.nullable(v.strictObject({ directory: v.string(), keep: v.number() })),
  files: v.array(v.strictObject({ name: v.string(), bytes: v.number(), madeMs: v.number() })),
  lastMs: v.nullable(v.number()),
  lastError: v.nullable(v.string()),
})
const madeShape: v.GenericSchema<BackupMadeDto> = v.strictObject({
  madeMs: v.number(),
  files: v.number(),
  bytes: v.number(),
})
const docs = {
  status: route({ summary: 'Which backups there are', answers: { 200: statusShape } }),
  now: route({
    summary: 'Make one now, and open it to see that it is good',
    answers: { 201: madeShape },
    errors: ['BACKUP_OFF', 'BACKUP_UNUSABLE', 'BUSY', 'DISK'],
  }),
  start: route({
    summary: 'Make one every night into a directory of the box, and one at once',
    body: nightlySchema,
    answers: { 201: madeShape },
    errors: ['BACKUP_UNUSABLE', 'BUSY', 'DISK'],
  }),
  stop: route({ summary: 'Make none at night any more', answers: { 204: null }, errors: ['DISK'] }),
  download: route({
    summary: 'One to take away, sealed with a passphrase',
    body: downloadSchema,
    answers: { 200: 'application/octet-stream' },
    errors: ['BACKUP_UNUSABLE', 'BUSY', 'DISK'],
  }),
}

const view = ({ summary, files, bytes }: Checked): BackupMadeDto => ({ madeMs: summary.madeMs, files, bytes })

export function backupRoutes({ backups }: BackupSources) {
  return new Hono()
    .get('/', docs.status, async (c) => c.json<BackupsDto>(await backups.status()))
    .post('/', docs.now, async (c) => c.json<BackupMadeDto>(view(await backups.makeNow()), 201))
    .put('/', docs.start, async (c) => c.json<BackupMadeDto>(view(await backups.start(c.req.valid('json'))), 201))
    .delete('/', docs.stop, async (c) => {
      await backups.stop()
      return c.body(null, 204)
    })
    .post('/download', docs.download, async (c) => {
      const { passphrase } = c.req.valid('json')
      const { name, bytes } = await backups.download(passphrase)
      return c.body(new Uint8Array(bytes), 200, {
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
      })
    })
}
