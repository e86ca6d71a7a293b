// GET, POST, PUT and DELETE /api/v1/backups, POST /api/v1/backups/download: the farm in one sealed file, at night, now, or to take away.
import { Hono } from 'hono'
import * as v from 'valibot'
import type { Checked } from '../backup/backup.ts'
import type { Backups } from '../backup/backups.ts'
import type { BackupMadeDto, BackupsDto } from './contract.ts'
import { parseBody } from './request.ts'

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

const view = ({ summary, files, bytes }: Checked): BackupMadeDto => ({ madeMs: summary.madeMs, files, bytes })

export function backupRoutes({ backups }: BackupSources) {
  return new Hono()
    .get('/', async (c) => c.json<BackupsDto>(await backups.status()))
    .post('/', async (c) => c.json<BackupMadeDto>(view(await backups.makeNow()), 201))
    .put('/', async (c) => c.json<BackupMadeDto>(view(await backups.start(await parseBody(c, nightlySchema))), 201))
    .delete('/', async (c) => {
      await backups.stop()
      return c.body(null, 204)
    })
    .post('/download', async (c) => {
      const { passphrase } = await parseBody(c, downloadSchema)
      const { name, bytes } = await backups.download(passphrase)
      return c.body(new Uint8Array(bytes), 200, {
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="${name}"`,
        'cache-control': 'no-store',
      })
    })
}
