// The figures that /metrics shows, read from the parts when somebody asks.

import type { Live } from './api/live.ts'
import type { Figure } from './api/metrics.ts'
import type { Backups } from './backup/backups.ts'
import type { LoopLag } from './core/loop-lag.ts'
import type { Broker } from './mqtt/broker.ts'
import type { Commands } from './mqtt/commands.ts'
import type { Ingest } from './mqtt/ingest.ts'
import type { Refusals } from './mqtt/refusals.ts'
import type { Watch } from './open-alarms.ts'
import type { Ota } from './open-ota.ts'
import type { Others } from './open-others.ts'
import { CERTIFICATE_STATES } from './pki/fleet.ts'
import type { Pki } from './pki/pki.ts'
import type { NodeConfigs } from './registry/node-configs.ts'
import type { Store } from './store/store.ts'
import type { Supervisor } from './supervisor/supervisor.ts'
import type { TimeAuthority } from './time/authority.ts'
import type { NodeTime } from './time/node-time.ts'
import type { SntpServer } from './time/sntp-server.ts'

export function hubFigures(parts: {
  broker: Broker
  commands: Commands
  configs: NodeConfigs
  ingest: Ingest
  refusals: Refusals
  store: Store
  supervisor: Supervisor
  others: Pick<Others, 'counts'>
  live: Live
  time: TimeAuthority
  lag: LoopLag
  nodeTime: NodeTime
  sntp: SntpServer | null
  pki: Pick<Pki, 'status' | 'ca'>
  uids(): readonly string[]
  backups: Pick<Backups, 'newestMs'>
  watch: Pick<Watch, 'alarms'>
  ota: Pick<Ota, 'rollouts' | 'stats'>
}): Figure[] {
  const {
    broker,
    commands,
    configs,
    ingest,
    refusals,
    store,
    supervisor,
    others,
    live,
    time,
    lag,
    nodeTime,
    sntp,
    watch,
  } = parts
  const counter = (name: string, help: string, read: Figure['read'], label?: string): Figure => ({
    name: `roost_${name}`,
    help,
    kind: 'counter',
    read,
    ...(label ? { label } : {}),
  })
  const gauge = (...args: Parameters<typeof counter>): Figure => ({ ...counter(...args), kind: 'gauge' })
  const clockTrust = (): [string, number][] => {
    const { source, isTrusted } = time.status()
    return [[source, isTrusted ? 1 : 0]]
  }
  return [
    gauge(
      'ota_nodes',
      'Nodes of the rollout under way, by state',
      () => statesOf(parts.ota.rollouts.current()),
      'state',
    ),
    counter('ota_bytes_total', 'Bytes of firmware sent to nodes', () => parts.ota.stats.bytesSent),
    counter('ota_chunks_total', 'Chunks of firmware sent by MQTT', () => parts.ota.stats.chunksSent),
    counter('ota_range_requests_total', 'Requests for firmware over HTTPS', () => parts.ota.stats.rangeRequests),
    gauge('mqtt_connections', 'Open MQTT connections', () => broker.connectedCount()),
    gauge('mqtt_sessions_kept', 'Sessions that outlive their connection', () => broker.stats.keptSessions),
    gauge('mqtt_retained', 'Retained messages', () => broker.stats.retained),
    counter('mqtt_throttled_total', 'Messages and subscriptions that had to wait', () => broker.stats.throttled),
    counter(
      'mqtt_dropped_total',
      'Messages that readers did not get, by reason',
      () => [
        ['slow-reader', broker.stats.droppedForSlow],
        ['queue-full', broker.stats.droppedFromQueues],
      ],
      'reason',
    ),
    counter('ingest_messages_total', 'Messages of devices taken in', () => ingest.stats.messages),
    counter('ingest_samples_total', 'Samples appended to the store', () => ingest.stats.samples),
    counter('ingest_duplicates_total', 'Messages that had been stored before', () => ingest.stats.duplicates),
    counter('refusals_total', 'Messages and accesses refused, by reason', () => refusals.counts(), 'reason'),
    counter('commands_sent_total', 'Commands sent to nodes', () => commands.stats.sent),
    counter('commands_timed_out_total', 'Commands that got no reply in time', () => commands.stats.timedOut),
    gauge('node_configs', 'Nodes by how they stand to their configuration', () => configs.counts(), 'state'),
    gauge('other_devices', 'Devices of the other families by state', () => Object.entries(others.counts()), 'state'),
    gauge('devices', 'Devices by liveness', () => Object.entries(supervisor.counts()), 'liveness'),
    counter('store_commits_total', 'Group commits', () => store.stats().commits),
    counter('store_commit_failures_total', 'Group commits that failed', () => store.stats().commitFailures),
    gauge('store_bytes', 'Bytes of the store on the card', () => store.stats().bytesOnDisk),
    gauge('store_free_bytes', 'Bytes free on the card', () => store.stats().freeBytes),
    gauge('store_damaged_blocks', 'Damaged blocks found since start', () => store.stats().damaged.length),
    gauge('loop_lag_seconds', 'Worst lateness of the event loop in the last 15 s', () => lag.worstMs() / 1000),
    gauge('clock_trusted', 'Whether the hub believes its clock, by where the time is from', clockTrust, 'source'),
    counter('clock_steps_total', "Steps of the hub's clock", () => time.status().steps),
    counter('node_time_sent_total', 'Times that a node was given the time by cmd/time', () => nodeTime.stats.told),
    counter('sntp_answers_total', 'SNTP requests answered', () => sntp?.stats.answered ?? 0),
    counter('sntp_ignored_total', 'SNTP packets that were no request, or too many', () => sntp?.stats.ignored ?? 0),
    gauge(
      'alarms',
      'Alarms on the page, by severity',
      () =>
        ['critical', 'warning'].map((severity): [string, number] => [
          severity,
          watch.alarms.active().filter((alarm) => alarm.severity === severity).length,
        ]),
      'severity',
    ),
    counter('alarm_calls_total', 'Attempts to call somebody', () => watch.alarms.stats.calls),
    counter('alarm_calls_failed_total', 'Attempts that failed', () => watch.alarms.stats.failed),
    gauge(
      'certificates',
      'Nodes by how they stand with their certificates',
      () => {
        const states = parts.uids().map((uid) => parts.pki.status(uid).state)
        return CERTIFICATE_STATES.map((state) => [state, states.filter((each) => each === state).length] as const)
      },
      'state',
    ),
    gauge('ca_expires_timestamp_seconds', "When the farm's CA ends", () => parts.pki.ca().notAfterMs / 1000),
    gauge(
      'backup_newest_timestamp_seconds',
      'When the newest nightly backup was made; 0 when there is none',
      () => (parts.backups.newestMs() ?? 0) / 1000,
    ),
    gauge('live_clients', 'Pages that follow the live stream', () => live.clientCount()),
  ]
}

/** How many nodes of a rollout are in which state; nothing without one. */
function statesOf(rollout: { nodes: readonly { state: string }[] } | null): [string, number][] {
  const counts = new Map<string, number>()
  for (const { state } of rollout?.nodes ?? []) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts]
}
