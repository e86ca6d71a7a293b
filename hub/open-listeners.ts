// Where nodes and tools come in: TLS with certificates, TLS with a password, the plain port, the time, new nodes; and the care that keeps
// the certificates behind these doors good.
import { hostname, networkInterfaces } from 'node:os'
import type { TLSSocket } from 'node:tls'
import type { Backups } from './backup/backups.ts'
import type { Bus } from './core/bus.ts'
import type { Clock } from './core/clock.ts'
import { errorFields, type Log } from './core/log.ts'
import type { Broker } from './mqtt/broker.ts'
import type { Commands } from './mqtt/commands.ts'
import { peerOf } from './mqtt/identity.ts'
import {
  type Listener,
  type ListenerParts,
  listenForNodes,
  listenForUsers,
  type NodesListener,
} from './mqtt/listeners.ts'
import { listenPlain } from './mqtt/plain-listener.ts'
import type { Refusals } from './mqtt/refusals.ts'
import { openRotation } from './onboarding/rotation.ts'
import { openCertificateCare } from './open-certificates.ts'
import { type OpenedOnboarding, openOnboarding } from './open-onboarding.ts'
import type { Ota } from './open-ota.ts'
import type { HubOptions } from './options.ts'
import type { Pki } from './pki/pki.ts'
import type { NodeConfigs } from './registry/node-configs.ts'
import type { Registry } from './registry/registry.ts'
import type { TimeAuthority } from './time/authority.ts'
import { type SntpServer, serveSntp } from './time/sntp-server.ts'

/** A node makes a key and fetches its certificate before or after it answers. */
const ROTATE_TIMEOUT_MS = 30_000

export interface Listeners extends AsyncDisposable {
  readonly nodes: NodesListener
  readonly tools: Listener | null
  readonly plain: Listener | null
  readonly sntp: SntpServer | null
  readonly enrol: OpenedOnboarding | null
  /** What a further way in needs, as MQTT over WebSocket is one. */
  readonly way: Pick<ListenerParts, 'accept' | 'refusals'>
}

/** Opens every door that `options` names until disposed. PORT_IN_USE, PKI_BROKEN, DISK; nothing listens after an error. */
export async function openListeners(
  options: HubOptions,
  hub: {
    clock: Clock
    log: Log
    bus: Bus
    pki: Pki
    registry: Registry
    time: TimeAuthority
    refusals: Refusals
    broker: Broker
    commands: Commands
    configs: NodeConfigs
    ota: Ota
    backups: Backups
  },
): Promise<Listeners> {
  const { clock, log, bus, pki, registry, broker, commands, configs, ota } = hub
  await using parts = new AsyncDisposableStack() // a failed start closes what is already open
  const serverCredentials = await pki.serverCredentials(serverNames())
  const way = { accept: broker.accept, refusals: hub.refusals }
  const listening = { ...way, clock, credentials: { ...serverCredentials, caPem: pki.caPem } }

  const nodes = parts.use(await listenForNodes({ ...listening, ...options.mqtts, identities: pki }))
  pki.onRefused(({ uid, serials, isRevoked }) => {
    if (isRevoked) broker.disconnect(uid)
    nodes.end(serials)
    bus.emit('deviceChanged', { uid })
  })
  const tools = options.mqttsLogin && parts.use(await listenForUsers({ ...listening, ...options.mqttsLogin }))
  const plain = options.mqttPlain && parts.use(await listenPlain({ ...listening, ...options.mqttPlain, log }))
  const sntp = options.sntp && parts.use(await serveSntp({ ...options.sntp, clock, log, trust: hub.time.status }))
  const enrol = !options.enrol
    ? null
    : parts.use(
        await openOnboarding({
          address: options.enrol,
          pki,
          registry,
          clock,
          log,
          credentials: serverCredentials,
          ports: { mqtts: nodes.port, sntp: sntp ? sntp.port : null },
          first(request, response) {
            const peer = peerOf(request.socket as TLSSocket, pki)
            return ota.answer(request, response, peer.ok ? peer.uid : null)
          },
          enrolled(uid, former) {
            broker.disconnect(uid)
            bus.emit('deviceChanged', { uid })
            if (former === undefined) return
            configs.placed(uid, former).catch((error) => log.error('place-not-told', { uid, ...errorFields(error) }))
          },
        }),
      )
  if (enrol) {
    parts.use(
      openRotation({
        clock,
        log,
        uids: () => registry.list().map(({ uid }) => uid),
        status: pki.status,
        isConnected: broker.isConnected,
        async ask(uid) {
          const outcome = await commands.send(uid, 'rotate-key', {}, ROTATE_TIMEOUT_MS)
          return outcome.ok ? null : outcome.reason
        },
      }),
    )
  }
  parts.use(
    openCertificateCare({
      pki,
      clock,
      log,
      names: serverNames,
      isClockTrusted: hub.time.isTrusted,
      current: listening.credentials,
      use(credentials) {
        nodes.use(credentials)
        if (tools) tools.use(credentials)
        enrol?.use(credentials)
      },
      trustChanged: () => void hub.backups.makeNow().catch(() => {}),
    }),
  )
  const opened = parts.move()
  return { nodes, tools, plain, sntp, enrol, way, [Symbol.asyncDispose]: () => opened.disposeAsync() }
}

/** Names and addresses under which a node on this network may reach the hub. */
export function serverNames(): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap((each) => each?.map(({ address }) => address) ?? [])
  return ['localhost', 'roost.local', hostname(), ...addresses]
}
