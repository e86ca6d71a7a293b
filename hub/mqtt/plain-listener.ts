// The way in for legacy devices: unencrypted, on one interface or address, any topic but the farm's (R-BRK-03).
import { createServer } from 'node:net'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import type { Timer } from '../core/clock.ts'
import { errorFields, type Log } from '../core/log.ts'
import { createHalfOpen } from './half-open.ts'
import { PLAIN_NAME } from './limits.ts'
import { addressOf, HALF_OPEN, type Listener, type ListenerParts, noteHalfOpen, serve, tuned } from './listeners.ts'
import { PLAIN_RIGHTS, type Principal } from './rights.ts'

/** An interface or address that is not there yet, a VLAN for one, is looked for so often. */
const RETRY_MS = 10_000
const NOT_THERE = ['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'ENODEV']

/**
 * Listens on an address or on an interface's first one. When there is no such thing yet, the hub goes on without and tries again
 * until it is there: nodes do not wait for the legacy devices' network. Error: PORT_IN_USE.
 */
export async function listenPlain(parts: ListenerParts & { log: Log }): Promise<Listener> {
  const { host, port, clock, log } = parts
  const open = () => serve(createPlainServer(parts), { ...parts, host: addressOfInterface(host, networkInterfaces()) })
  let listener: Listener | null = null
  let retry: Timer | null = null
  let isClosed = false
  try {
    listener = await open()
  } catch (error) {
    if (!isNotThere(error)) throw error
    log.warn('plain-listener-waits', { host, port, ...errorFields(error) })
    wait()
  }

  function wait() {
    retry = clock.after(RETRY_MS, () => {
      open().then(
        (opened) => {
          log.info('plain-listener-open', { host, port: opened.port })
          if (isClosed) void opened[Symbol.asyncDispose]()
          else listener = opened
        },
        (error) => {
          if (!isNotThere(error)) log.error('plain-listener-failed', { host, port, ...errorFields(error) })
          if (!isClosed) wait()
        },
      )
    })
  }

  return {
    host,
    get port() {
      return listener?.port ?? port
    },
    isListening: () => listener?.isListening() ?? false,
    async [Symbol.asyncDispose]() {
      isClosed = true
      retry?.cancel()
      await listener?.[Symbol.asyncDispose]()
    },
  }
}

function createPlainServer(parts: ListenerParts) {
  const principal: Principal = { kind: 'client', name: PLAIN_NAME, rights: PLAIN_RIGHTS }
  const halfOpen = createHalfOpen(HALF_OPEN)
  return createServer((socket) => {
    noteHalfOpen(halfOpen, socket, parts.refusals)
    const address = addressOf(socket)
    parts.accept(tuned(socket), { principal, address, admitted: () => halfOpen.done(socket) })
  })
}

/** The first address of the interface of this name, IPv4 before IPv6; the name itself when there is no such interface. Pure. */
export function addressOfInterface(name: string, interfaces: NodeJS.Dict<NetworkInterfaceInfo[]>): string {
  const own = interfaces[name] ?? []
  return (own.find(({ family }) => family === 'IPv4') ?? own[0])?.address ?? name
}

const isNotThere = (error: unknown) =>
  NOT_THERE.includes(((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? '')
