// A device as the API shows it: what the registry, the supervisor and the store know of it, put together.
import type { Device } from '../registry/registry.ts'
import type { Store } from '../store/store.ts'
import type { Supervised } from '../supervisor/supervisor.ts'
import { isVital } from '../supervisor/vitals.ts'
import { NODE_STATES } from '../wire/heartbeat.ts'
import { type CertificateSources, certificateView } from './certificates.ts'
import { type ConfigSources, configStateView } from './config.ts'
import type { DeviceDto, HeartbeatDto } from './contract.ts'
import type { SeriesIndex } from './series-index.ts'

export interface DeviceSources {
  registry: { list(): readonly Device[]; get(uid: string): Device | undefined }
  supervisor: { get(uid: string): Supervised | undefined }
  store: Pick<Store, 'latest'>
  series: SeriesIndex
  configs: Pick<ConfigSources['configs'], 'status'>
  certificates: Pick<CertificateSources['certificates'], 'status'>
}

/** All devices, sorted by place, those without one last. */
export const deviceViews = (sources: DeviceSources): DeviceDto[] =>
  sources.registry
    .list()
    .map((device) => deviceView(device, sources))
    .sort((a, b) => sortKey(a).localeCompare(sortKey(b)))

const sortKey = ({ site, house, node, uid }: DeviceDto) => (site === null ? `~/${uid}` : `${site}/${house}/${node}`)

export function deviceView(
  device: Device,
  { supervisor, store, series, configs, certificates }: DeviceSources,
): DeviceDto {
  const supervised = supervisor.get(device.uid)
  return {
    uid: device.uid,
    site: device.place?.site ?? null,
    house: device.place?.house ?? null,
    node: device.place?.node ?? null,
    liveness: supervised?.liveness ?? 'never-seen',
    lastSeenMs: supervised?.lastHeardWallMs ?? device.lastSeenMs,
    heartbeat: supervised?.heartbeat ? heartbeatView(supervised.heartbeat) : null,
    sensors: [...series.ofDevice(device.uid)]
      .filter(({ sensor }) => !isVital(sensor))
      .map(({ id, sensor, unit }) => ({
        id: sensor,
        unit,
        quantity: device.sensors[sensor]?.quantity ?? null,
        latest: store.latest(id),
      })),
    config: configStateView(configs.status(device.uid)),
    certificate: certificateView(certificates.status(device.uid)),
  }
}

const heartbeatView = ({ beat, tMs }: NonNullable<Supervised['heartbeat']>): HeartbeatDto => ({
  tMs,
  uptimeS: beat.uptime,
  firmware: beat.fw_version,
  freeHeapBytes: beat.free_heap,
  minHeapBytes: beat.min_heap,
  rssiDbm: beat.rssi,
  errorBitmap: beat.error_bitmap,
  state: NODE_STATES[beat.state]!,
  backlog: beat.backlog,
  loss: beat.loss ?? 0,
})
