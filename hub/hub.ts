// The composition root: opens the parts in order, hands each what it needs, and closes them in reverse.
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import packageJson from '../package.json' with { type: 'json' }
import { serveAdmin } from './admin-socket.ts'
import { alarmsView } from './api/alarms.ts'
import { createApp } from './api/app.ts'
import { deviceView, deviceViews } from './api/device-view.ts'
import { failedChecks } from './api/health.ts'
import { createLive } from './api/live.ts'
import { createSeriesIndex } from './api/series-index.ts'
import { serveApi } from './api/serve.ts'
import { hubChecks } from './checks.ts'
import { localTime } from './climate/age.ts'
import { createBus } from './core/bus.ts'
import { openCardProbe } from './core/card-probe.ts'
import type { Clock } from './core/clock.ts'
import type { Disk } from './core/disk.ts'
import { RoostError } from './core/errors.ts'
import { topicPrefix } from './core/ids.ts'
import { errorFields, type Log } from './core/log.ts'
import { watchLoopLag } from './core/loop-lag.ts'
import { createPasswords } from './core/passwords.ts'
import type { SystemTime } from './core/system-time.ts'
import { openDataDir } from './data-dir.ts'
import { hubFigures } from './figures.ts'
import { type Broker, openBroker } from './mqtt/broker.ts'
import { createCommands } from './mqtt/commands.ts'
import { createIngest } from './mqtt/ingest.ts'
import { createLogin } from './mqtt/login.ts'
import { noteRefusal } from './mqtt/refusal-event.ts'
import { createRefusals } from './mqtt/refusals.ts'
import { openSessionStore } from './mqtt/session-store.ts'
import { openUsers } from './mqtt/users.ts'
import { createWebSocketWay } from './mqtt/websocket.ts'
import { openNotes } from './notes/notes.ts'
import { openWatch } from './open-alarms.ts'
import { type Appliance, openAppliance } from './open-appliance.ts'
import { openBackupPart } from './open-backup.ts'
import { openHttps } from './open-https.ts'
import { type Listeners, openListeners, serverNames } from './open-listeners.ts'
import { openCare } from './open-maintenance.ts'
import { hasCriticalAlarm, type Ota, openOta } from './open-ota.ts'
import { openOthers } from './open-others.ts'
import { type Address, type HubOptions, isLoopback } from './options.ts'
import { openPki } from './pki/pki.ts'
import { machineAddresses } from './platform/addresses.ts'
import { provisionNode } from './provision.ts'
import { openNodeConfigs } from './registry/node-configs.ts'
import { openRegistry } from './registry/registry.ts'
import { openStaff } from './staff/staff.ts'
import { openStore } from './store/open.ts'
import type { Works } from './store/sealed.ts'
import { openSupervisor } from './supervisor/supervisor.ts'
import { openTimeAuthority } from './time/authority.ts'
import { openCorrections } from './time/corrections.ts'
import { createHubClock } from './time/hub-clock.ts'
import { createNodeTime } from './time/node-time.ts'
import { unservedTime } from './time/unserved.ts'
import { type Command, encodeCommand } from './wire/command.ts'
import { commandTopic } from './wire/topic.ts'

/** The world as the hub sees it: real on the box, simulated in tests. */
export interface Platform {
  disk: Disk
  clock: Clock
  log: Log
  /** The machine's own time; without it the hub takes nobody's word but its clock's and staff's. */
  time?: SystemTime
  /** Seals and merges beside the hub's work; without it the hub does so itself. */
  works?: Works
  /** Closes the hub and opens it again; after a backup was restored. */
  restart?: () => void
  /** The box that the hub runs on, when it is one: its two systems. */
  appliance?: Appliance
}

export interface Hub {
  readonly http: Address
  readonly https: Address | null
  readonly mqtts: Address
  readonly mqttsLogin: Address | null
  readonly mqttPlain: Address | null
  readonly sntp: Address | null
  readonly enrol: Address | null
  /** With which the box is claimed; null once it is. */
  claimCode(): string | null
  /** What keeps the hub from doing its work, by check; empty when it is well. */
  failedChecks(): Record<string, string>
  [Symbol.asyncDispose](): Promise<void>
}

/** Commands are not queued for a node that is away: one that comes an hour late does harm. */
const COMMAND_DELIVERY = { qos: 1, retain: false } as const
const TIME_TIMEOUT_MS = 10_000
const ACTUATE_TIMEOUT_MS = 10_000
const UI_DIR = fileURLToPath(new URL('../webui/dist', import.meta.url))

/** Opens the hub on its data directory. Errors: those of the parts, each naming what and where; nothing is damaged by a failed start. */
export async function openHub(options: HubOptions, platform: Platform): Promise<Hub> {
  const { disk, log } = platform
  const clock = createHubClock(platform.clock)
  const world = { disk, clock, log }
  const farAddress = [options.http, options.https ?? options.http].find(({ host }) => !isLoopback(host))
  if (options.open && farAddress) {
    throw new RoostError('BAD_OPTION', `without accounts the web UI must not listen on ${farAddress.host}`)
  }
  await using parts = new AsyncDisposableStack() // a failed start closes what is already open
  const bus = createBus((error) => log.error('listener-failed', errorFields(error)))

  const dataDir = parts.use(await openDataDir(options.dataDir, { disk, log }))
  const dirOf = (part: string) => join(dataDir.path, part)
  const time = parts.use(
    await openTimeAuthority({ dir: dirOf('time'), ...world, system: platform.time ?? unservedTime(clock) }),
  )
  const pki = parts.use(await openPki({ dir: dirOf('pki'), ...world }))
  const registry = parts.use(await openRegistry({ dir: dirOf('registry'), ...world }))
  const store = parts.use(
    await openStore({
      dir: dirOf('store'),
      ...world,
      isClockTrusted: time.isTrusted,
      ...(platform.works ? { works: platform.works } : {}),
    }),
  )
  const series = createSeriesIndex(store)

  const supervisor = parts.use(
    openSupervisor({
      clock,
      bus,
      log,
      onLiveness(uid, liveness) {
        registry.noteLiveness(uid, liveness)
        care.liveness(uid, liveness)
      },
    }),
  )
  const care = parts.use(
    openCare({
      clock,
      log,
      store,
      registry,
      isClockTrusted: time.isTrusted,
      livenessOf: (uid) => supervisor.get(uid)?.liveness ?? 'never-seen',
    }),
  )
  const others = parts.use(
    await openOthers({
      dir: dirOf('registry'),
      ...world,
      store,
      forgotten: (key) => broker?.forgetOther(key),
    }),
  )
  for (const device of registry.list()) supervisor.know(device.uid, device.lastLiveness)

  const sources = {
    registry,
    supervisor,
    store,
    series,
    configs: { status: (uid: string) => configs.status(uid) },
    certificates: pki,
  }
  const live = parts.use(
    createLive({
      bus,
      clock,
      store,
      series,
      version: packageJson.version,
      clockSource: () => time.status().source,
      devices: () => deviceViews(sources),
      device: (uid) => {
        const device = registry.get(uid)
        return device ? deviceView(device, sources) : null
      },
      alarms: () => alarmsView({ clock, watch }),
    }),
  )

  let broker: Broker | null = null
  const prefixOf = (uid: string) => topicPrefix(uid, registry.get(uid)?.place ?? null)
  const commands = parts.use(
    createCommands({
      clock,
      log,
      firstRid: randomInt(2 ** 32),
      isConnected: (uid) => broker?.isConnected(uid) ?? false,
      isClockTrusted: time.isTrusted,
      publish: async (uid, type, body) =>
        broker?.publish(
          commandTopic(prefixOf(uid), type),
          encodeCommand(type, body as Command<typeof type>),
          COMMAND_DELIVERY,
        ),
    }),
  )

  const nodeTime = createNodeTime({
    clock,
    trust: time.status,
    tell: (uid) => void commands.send(uid, 'time', { t: clock.wallMs() }, TIME_TIMEOUT_MS),
    isDoubted: time.isDoubted,
    agreed: time.takeFromNodes,
  })
  const refusals = createRefusals(clock, log, (message) => noteRefusal(store, message))
  const placing = { ...clock, isTrusted: time.isTrusted }
  const ingest = createIngest(store, placing, {
    heard(uid) {
      registry.seen(uid, clock.wallMs())
      supervisor.heard(uid)
    },
    heartbeat(uid, beat, tMs) {
      registry.seen(uid, clock.wallMs())
      registry.noteFirmware(uid, beat.fw_version)
      configs.heard(uid)
      nodeTime.heard(uid, beat)
      care.heartbeat(uid, beat)
      supervisor.heartbeat(uid, beat, tMs)
    },
    system(uid, system) {
      configs.linkChanged(uid)
      if (system.event === 'will') {
        // Of a connection that a new one took over, the will says nothing about the node.
        if (!broker?.isConnected(uid)) supervisor.linkLost(uid)
        return
      }
      registry.seen(uid, clock.wallMs())
      ota.system(uid, system)
      if (system.fw_version !== undefined) registry.noteFirmware(uid, system.fw_version)
      for (const { id, kind, quantity, unit, backup = false } of system.sensors ?? []) {
        registry.noteSensor(uid, id, { kind, quantity, unit, backup })
      }
      bus.emit('deviceChanged', { uid })
    },
    reply: (uid, reply) => void (configs.replied(uid, reply) || commands.replied(uid, reply)),
    answered: (uid, rid, sensor, unit, sample) => commands.answered(uid, rid, { sensor, unit, sample }),
    sensor(uid, sensor, unit, id) {
      if (!series.note(id, uid, sensor, unit)) return
      registry.seen(uid, clock.wallMs())
      registry.noteSensor(uid, sensor, { unit })
      bus.emit('deviceChanged', { uid })
    },
    arrived: (id, block) => watch.arrived(id, block),
    diag(uid, diag, tMs) {
      watch.diagnosed(uid, diag.code, tMs)
      ota.diagnosed(uid, diag)
    },
    otaStatus: (uid, status) => ota.status(uid, status),
    otaRequest: (uid, request) => ota.request(uid, request),
    refused: (uid, suffix, reason, payload) => refusals.message(uid, suffix, reason, payload),
    stored: (id) => live.stored(id),
  })
  const corrections = parts.use(
    await openCorrections({ dir: dirOf('time'), ...world, store, isClockProven: time.isProven }),
  )
  time.onCorrection(corrections.add)

  const passwords = createPasswords()
  const users = await openUsers({
    dir: dirOf('users'),
    ...world,
    passwords,
    onChanged: async (name, isGone) => broker?.userChanged(name, isGone),
  })
  const staff = await openStaff({
    dir: dirOf('staff'),
    ...world,
    passwords,
    claimCode: options.claimCode ?? null,
  })
  const backup = parts.use(
    await openBackupPart({
      dir: dirOf('backup'),
      dataDir,
      ...world,
      staff,
      version: packageJson.version,
      restart:
        platform.restart ?? (() => log.warn('start-again', { note: 'the restored farm is there after a restart' })),
    }),
  )
  const sessions = await openSessionStore({ dir: dirOf('mqtt'), disk, log })
  parts.defer(() => sessions.destroy())
  broker = parts.use(
    await openBroker({
      ingest,
      refusals,
      sessions,
      clock,
      log,
      prefixOf,
      login: createLogin({ get: users.get, passwords, clock }),
      linkLost: (uid) => supervisor.linkLost(uid),
      otherHeard: others.heard,
    }),
  )
  const served = broker
  const configs = parts.use(
    await openNodeConfigs({
      dir: dirOf('registry'),
      ...world,
      retained: {
        list: () => sessions.state.retainedConfigs(),
        publish: (topic, payload) => served.publish(topic, payload, { qos: 1, retain: true }),
        tell: (topic, payload) => served.publish(topic, payload, { qos: 1, retain: false }),
      },
      uids: () => registry.list().map(({ uid }) => uid),
      placeOf: (uid) => registry.get(uid)?.place ?? null,
      isConnected: served.isConnected,
      changed: (uid) => bus.emit('deviceChanged', { uid }),
    }),
  )
  const watch = parts.use(
    await openWatch({
      dir: dataDir.path,
      ...world,
      store,
      registry,
      seriesOf: series.ofDevice,
      isOffline: (uid) => supervisor.get(uid)?.liveness === 'offline',
      publishMs: (uid) => configs.get(uid)?.settings.publish_ms ?? null,
      isClockTrusted: time.isTrusted,
      isWell: () => store.fault() === null,
      silentDevices: others.silent,
      language: () => staff.farm()?.language ?? 'en',
      actuate: (uid, id, position) => commands.send(uid, 'actuate', { id, position }, ACTUATE_TIMEOUT_MS),
      changed: () => bus.emit('alarmsChanged', {}),
    }),
  )
  const notes = await openNotes({ dir: dirOf('notes'), ...world })
  const ota: Ota = parts.use(
    await openOta({
      ...world,
      store,
      registry,
      prefixOf,
      publish: served.publish,
      isConnected: served.isConnected,
      dirs: { ota: dirOf('ota'), firmware: dirOf('firmware') },
      carriedDir: options.firmwareDir ?? null,
      httpsPort: () => listeners.enrol?.port ?? null,
      hasCriticalAlarm: (house) => hasCriticalAlarm(watch.alarms.active(), house),
      minuteOfDay: (wallMs) => localTime(wallMs, watch.flocks.timeZone()).minute,
    }),
  )
  const update = await openAppliance(platform.appliance, {
    disk,
    log,
    isCritical: () => watch.alarms.active().some(({ severity, overMs }) => severity === 'critical' && overMs === null),
  })
  if (update) parts.use(update)
  const listeners: Listeners = parts.use(
    await openListeners(options, {
      ...world,
      bus,
      pki,
      registry,
      time,
      refusals,
      broker: served,
      commands,
      configs,
      ota,
      backups: backup.backups,
    }),
  )
  const { nodes, tools, plain, sntp, enrol } = listeners
  const lag = parts.use(watchLoopLag(clock))
  const card = parts.use(openCardProbe({ dir: dirOf('run'), disk, clock, writes: () => store.stats().commits }))
  const checks = hubChecks({ backups: backup.backups, store, card, nodes, lag, time, watch })
  const isOpenUntilClaimed = options.open === undefined && options.claimCode === undefined && !farAddress
  const isOpen = () => options.open === true || (isOpenUntilClaimed && !staff.isClaimed())
  const ui =
    options.https && (await openHttps({ address: options.https, dir: dirOf('ui-tls'), ...world, names: serverNames }))
  const app = createApp({
    ...sources,
    staff,
    isOpen,
    clock,
    log,
    live,
    commands,
    configs,
    enrolments: enrol,
    backups: backup.backups,
    restore: backup.restore,
    https: ui ? ui.source : null,
    time,
    refusals,
    checks,
    maintenance: care.maintenance,
    others,
    ota,
    update,
    wifi: platform.appliance?.wifi ?? null,
    watch,
    notes,
    figures: hubFigures({
      watch,
      broker: served,
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
      ota,
      sntp,
      pki,
      uids: () => registry.list().map(({ uid }) => uid),
      backups: backup.backups,
    }),
    box: machineAddresses,
    version: packageJson.version,
    uiDir: UI_DIR,
  })
  const upgrades = { '/mqtt': createWebSocketWay(listeners.way) }
  const http = parts.use(await serveApi(app, options.http.host, options.http.port, upgrades))
  const https = ui ? parts.use(await ui.serve(app, upgrades)) : null
  parts.use(
    await serveAdmin({
      path: dataDir.adminSocketPath,
      log,
      handlers: {
        async addNode(uid, place) {
          const known = registry.get(uid)
          const former = known?.place ?? null
          const credentials = await provisionNode({ registry, pki }, uid, place)
          if (known) await configs.placed(uid, former)
          served.disconnect(uid) // it comes back with the rights of its new place
          bus.emit('deviceChanged', { uid })
          return credentials
        },
        listNodes: () => registry.list(),
        localCode: () => staff.localCode(),
        users,
        identity: { pki, enrolments: enrol },
        ca: { pki, nowMs: clock.wallMs },
        ota: {
          keys: ota.keys,
          catalogue: ota.catalogue,
          disk,
          inUse: () => ota.rollouts.current()?.target.firmwareId ?? null,
        },
      },
    }),
  )

  const opened = parts.move()
  return {
    http: { host: http.host, port: http.port },
    https: https && { host: https.host, port: https.port },
    mqtts: nodes,
    mqttsLogin: tools,
    mqttPlain: plain,
    sntp,
    enrol,
    claimCode: () => (staff.isClaimed() ? null : staff.localCode()),
    failedChecks: () => failedChecks(checks.health),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  }
}
