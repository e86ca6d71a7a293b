// What an attack knows of the hub: its ways in, a stolen node's files, a user's password; and how it connects from an address of its own.
import { createConnection, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import type { FleetNode } from '../bench/fleet.ts'
import { type ConnectOptions, connect } from '../sim/mqtt-bytes.ts'
import { CONNACK, type RawClient, rawClient } from '../sim/raw-client.ts'

export interface Target {
  mqttsPort: number
  loginPort: number
  plainPort: number
  httpPort: number
  caPem: string
  /** A node that was stolen: its certificate is good. */
  stolen: FleetNode
  user: { username: string; password: string }
  random: () => number
  /** Of the loopback network; the nodes have 127.0.0.1. */
  address: string
}

export const openTcp = ({ address }: Target, port: number): Socket => {
  const socket = createConnection({ host: '127.0.0.1', port, localAddress: address })
  socket.on('error', () => {})
  return socket
}

/** A TLS connection; with the stolen node's certificate when asked. */
export function openTls(target: Target, port: number, withCertificate: boolean): Duplex {
  const { keyPem, certPem } = target.stolen
  const socket = connectTls({
    socket: openTcp(target, port),
    ca: target.caPem,
    servername: 'localhost',
    ...(withCertificate ? { key: keyPem, cert: certPem } : {}),
  })
  socket.on('error', () => {})
  return socket
}

export type Way = 'plain' | 'login' | 'node'

/** An MQTT client that was let in, or null when it was refused. */
export async function enter(target: Target, way: Way, options: ConnectOptions = {}): Promise<RawClient | null> {
  const stream =
    way === 'plain'
      ? openTcp(target, target.plainPort)
      : openTls(target, way === 'login' ? target.loginPort : target.mqttsPort, way === 'node')
  const client = rawClient(stream)
  client.send(connect(way === 'login' ? { ...target.user, ...options } : options))
  try {
    const { body } = await client.take(CONNACK, 10_000)
    if (body[1] === 0) return client
  } catch {
    // refused without a word
  }
  client.end()
  return null
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms))

/** Runs `count` pieces of work, so many at a time. */
export async function inParallel(count: number, width: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < count) await work(next++)
  }
  await Promise.all(Array.from({ length: Math.min(width, count) }, lane))
}

export interface Attack {
  /** How often it is done in a short run; a long run does it many times more. */
  count: number
  /** Resolves when it is over; gives how many tries there were. */
  run(target: Target, count: number): Promise<number>
}

/** Tries at a time. */
export const WIDTH = 16
/** Below it the stolen node may publish. */
export const prefixOf = ({ stolen: { place } }: Target): string => `/farm/${place.site}/${place.house}/${place.node}`

export const end = (clients: (RawClient | null)[]): void => {
  for (const client of clients) client?.end()
}
