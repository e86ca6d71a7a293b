// The HTTP application: which route answers what, and the one place where errors become responses.
import { Hono } from 'hono'
import { secureHeaders } from 'hono/secure-headers'
import type { Clock } from '../core/clock.ts'
import { isRoostError } from '../core/errors.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { Store } from '../store/store.ts'
import { alarmRoutes } from './alarms.ts'
import { auditRoutes, createAudit } from './audit.ts'
import { type BackupSources, backupRoutes } from './backup.ts'
import { type BoxSources, boxRoutes } from './box.ts'
import { type CaSources, caRoutes } from './ca.ts'
import { type CertificateSources, certificateRoutes } from './certificates.ts'
import { type ChannelSources, channelRoutes } from './channels.ts'
import { type ClockSources, clockRoutes } from './clock.ts'
import { type CommandSources, commandRoutes } from './commands.ts'
import { type ConfigSources, configRoutes } from './config.ts'
import type { DeviceSources } from './device-view.ts'
import { devicesRoutes } from './devices.ts'
import { doorRoutes } from './door.ts'
import { type EnrolmentSources, enrolmentRoutes } from './enrolments.ts'
import { eventsRoutes } from './events.ts'
import { exportRoutes } from './export.ts'
import { type FlockSources, flockRoutes, houseRoutes } from './flocks.ts'
import { guard } from './guard.ts'
import { type HealthChecks, healthRoutes } from './health.ts'
import { type HttpsSources, insistOnHttps } from './https.ts'
import type { Live } from './live.ts'
import { type MaintenanceSources, maintenanceRoutes } from './maintenance.ts'
import { type Figure, metricsRoutes } from './metrics.ts'
import { noSuchRoute } from './no-such-route.ts'
import { type NoteSources, noteRoutes } from './notes.ts'
import { openApiRoutes } from './openapi/openapi.ts'
import { ownOriginOnly } from './origin.ts'
import { deviceOtaRoutes, firmwareRoutes, type OtaSources, rolloutRoutes } from './ota.ts'
import { type OtherSources, otherRoutes } from './others.ts'
import { problemOf } from './problem.ts'
import { type QuarantineSources, quarantineRoutes } from './quarantine.ts'
import { requestIdOf, requestIds } from './request-id.ts'
import { type RestoreSources, restoreRoutes } from './restore.ts'
import { seriesRoutes } from './series.ts'
import { courseRoutes } from './series-together.ts'
import { type StaffSources, staffRoutes } from './staff.ts'
import { trustRoutes } from './trust.ts'
import { uiRoutes } from './ui.ts'
import { type UpdateSources, updateRoutes } from './update.ts'
import { type WifiSources, wifiRoutes } from './wifi.ts'
import { createWishedPositions } from './wished-positions.ts'

export interface AppParts extends DeviceSources {
  commands: CommandSources['commands']
  certificates: CertificateSources['certificates'] & CaSources['certificates']
  configs: ConfigSources['configs']
  enrolments: EnrolmentSources['enrolments']
  time: ClockSources['time']
  backups: BackupSources['backups']
  restore: RestoreSources['restore']
  box: BoxSources['box']
  wifi: WifiSources['wifi']
  https: HttpsSources['https']
  staff: StaffSources['staff']
  /** True while there are no accounts: whoever reaches the hub may everything. */
  isOpen(): boolean
  refusals: QuarantineSources['refusals']
  maintenance: MaintenanceSources['maintenance']
  others: OtherSources['others']
  ota: OtaSources['ota']
  notes: NoteSources['notes']
  update: UpdateSources['update']
  watch: FlockSources['watch'] & ChannelSources['watch']
  store: Store
  clock: Clock
  log: Log
  live: Live
  figures: readonly Figure[]
  checks: HealthChecks
  /** Of the hub. */
  version: string
  /** Where the built web UI lies. */
  uiDir: string
}

export function createApp(parts: AppParts) {
  const wished = createWishedPositions()
  const app = new Hono()
  app.use(
    secureHeaders({
      contentSecurityPolicy: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        // uPlot and live bars set style attributes from script, which this does not touch; there are no inline styles.
        styleSrc: ["'self'"],
        frameAncestors: ["'none'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
      },
      referrerPolicy: 'same-origin', // with `no-referrer` a form does not say of which page it is
      strictTransportSecurity: false, // only over HTTPS (https.ts): port 80 serves the UI to phones that do not trust the box yet
      crossOriginEmbedderPolicy: false,
    }),
  )
  app.use(insistOnHttps(parts))
  app.use(requestIds(parts))
  app.use(ownOriginOnly())
  app.use(guard({ ...parts, audit: createAudit(parts) }))
  app.route('/', doorRoutes(parts))
  app.route('/', restoreRoutes(parts))
  app.route('/', trustRoutes(parts))
  app.route('/api/v1', staffRoutes(parts))
  app.route('/api/v1/audit', auditRoutes({ ...parts, routes: () => app.routes }))
  app.route('/api/v1', commandRoutes({ ...parts, wished }))
  app.route('/api/v1', certificateRoutes(parts))
  app.route('/api/v1/enrolments', enrolmentRoutes(parts))
  app.route('/api/v1/ca', caRoutes(parts))
  app.route('/api/v1/backups', backupRoutes(parts))
  app.route('/api/v1/devices', configRoutes(parts))
  app.route('/api/v1/devices', deviceOtaRoutes(parts))
  app.route('/api/v1/firmware', firmwareRoutes(parts))
  app.route('/api/v1/update', updateRoutes(parts))
  app.route('/api/v1/rollouts', rolloutRoutes(parts))
  app.route('/api/v1/devices', devicesRoutes(parts, parts.clock))
  app.route('/api/v1/clock', clockRoutes(parts))
  app.route('/api/v1/quarantine', quarantineRoutes(parts))
  app.route('/api/v1/maintenance', maintenanceRoutes(parts))
  app.route('/api/v1/box', boxRoutes(parts))
  app.route('/api/v1/wifi', wifiRoutes(parts))
  app.route('/api/v1/others', otherRoutes(parts))
  app.route('/api/v1/alarms', alarmRoutes(parts))
  app.route('/api/v1/channels', channelRoutes(parts))
  app.route('/api/v1/flocks', flockRoutes({ ...parts, wished }))
  app.route('/api/v1/houses', houseRoutes({ ...parts, wished }))
  app.route('/api/v1/notes', noteRoutes(parts))
  app.route('/api/v1/houses', exportRoutes(parts))
  app.route('/api/v1/courses', courseRoutes(parts))
  app.route('/api/v1/series', seriesRoutes(parts))
  app.route('/api/v1/events', eventsRoutes(parts.live))
  app.route('/', healthRoutes(parts.checks))
  app.route('/metrics', metricsRoutes(parts.figures))
  app.route('/', openApiRoutes({ routes: () => app.routes, version: parts.version }))
  app.all('/api/*', noSuchRoute)
  app.route('/', uiRoutes(parts.uiDir))
  app.notFound(noSuchRoute)
  app.onError((error, c) => {
    const fields = { requestId: requestIdOf(c), path: c.req.path, ...errorFields(error) }
    if (!isRoostError(error)) parts.log.error('request-failed', fields)
    return problemOf(c, error)
  })
  return app
}
