// What /healthz and /readyz ask, put together from the parts.
import type { HealthChecks } from './api/health.ts'
import type { Backups } from './backup/backups.ts'
import type { CardProbe } from './core/card-probe.ts'
import type { LoopLag } from './core/loop-lag.ts'
import type { Listener } from './mqtt/listeners.ts'
import type { Watch } from './open-alarms.ts'
import type { Store } from './store/store.ts'
import type { TimeAuthority } from './time/authority.ts'

/** A node must be asked and answer within seconds; a hub that stands still for longer is not ready. */
const LAG_MAX_MS = 2_000

export const hubChecks = (parts: {
  store: Store
  card: CardProbe
  nodes: Listener
  lag: LoopLag
  time: TimeAuthority
  backups: Pick<Backups, 'fault'>
  watch: Pick<Watch, 'alarms' | 'channels'>
}): HealthChecks => {
  const { store, card, nodes, lag, time, backups, watch } = parts
  return {
    // No restart mends a card that is full or gone: the hub stays up, says so, calls people, and takes readings again when there is room.
    health: {
      broker: () => (nodes.isListening() ? null : 'the broker does not listen for nodes'),
      alarms: () => watch.alarms.standstill(),
    },
    ready: {
      store: () => store.fault(),
      card: () => card.fault(),
      loop: () => (lag.worstMs() > LAG_MAX_MS ? `the hub stood still for ${Math.round(lag.worstMs())} ms` : null),
    },
    warn: {
      clock: () => (time.isTrusted() ? null : 'the hub does not know what time it is'),
      backup: () => backups.fault(),
      alarms: () => watch.alarms.fault() ?? watch.channels.fault(),
    },
  }
}
