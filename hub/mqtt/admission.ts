// Letting a client in: who it is, under which name its session is kept, and why it is refused.
import { randomUUID } from 'node:crypto'
import type { Client, ConnectPacket } from 'aedes'
import type { Clock } from '../core/clock.ts'
import { errorFields, type Log } from '../core/log.ts'
import type { AedesClient } from './farm-broker.ts'
import { createDeviceStream, type DeviceStream } from './ingest.ts'
import { CLIENT_ID_MAX_LENGTH, CONNECTIONS_OF, PLAIN_NAME, PUBLISH_RATE, SUBSCRIBE_RATE } from './limits.ts'
import type { Peer } from './listeners.ts'
import { type LiveSessions, nameOf, ownerOf, type Session } from './live-sessions.ts'
import type { Login } from './login.ts'
import { createBucket } from './rate.ts'
import type { Principal } from './rights.ts'

export interface Refusal {
  /** Of the CONNACK [MQTT-3.2.2.3]. */
  readonly returnCode: number
  readonly why: string
}
const BAD_ID: Refusal = { returnCode: 2, why: 'the client id is empty without a clean session, or too long' }
const GONE: Refusal = { returnCode: 3, why: 'it went before it was let in' }
const CROWDED: Refusal = { returnCode: 3, why: 'this identity has too many connections' }
const FAILED: Refusal = { returnCode: 3, why: 'the password could not be checked' }
const LOGIN_REFUSALS = {
  wrong: { returnCode: 4, why: 'unknown name or wrong password' },
  limited: { returnCode: 3, why: 'too many wrong passwords' },
  busy: { returnCode: 3, why: 'too many passwords wait to be checked' },
} as const satisfies Record<string, Refusal>

export interface Admission {
  /** Takes note of a CONNECT, and gives it a name that is nobody's until we know who it is. */
  meet(client: Client, packet: ConnectPacket): void
  /** Lets a client in under the name of its session, or says why not. Never rejects. */
  admit(client: AedesClient, name: string, password: Uint8Array): Promise<Refusal | null>
}

export function createAdmission(parts: {
  clock: Clock
  log: Log
  live: LiveSessions
  login: Login
  prefixOf(uid: string): string
  linkLost(uid: string): void
  peerOf(client: Client): Peer
  /** The connection's name in the log. */
  connectionOf(client: Client): string | undefined
}): Admission {
  const { clock, log, live } = parts
  const wanted = new WeakMap<Client, { clientId: string; isClean: boolean }>()
  const streams = new Map<string, DeviceStream>()

  function streamOf(uid: string): DeviceStream {
    const stream = streams.get(uid) ?? createDeviceStream(uid)
    streams.set(uid, stream)
    return stream
  }

  function createSession(principal: Principal, address: string): Session {
    const nowMs = clock.monotonicMs()
    return {
      principal,
      stream: principal.kind === 'device' ? streamOf(principal.uid) : null,
      publishing: createBucket(PUBLISH_RATE, nowMs),
      subscribing: createBucket(SUBSCRIBE_RATE, nowMs),
      filters: new Set(),
      budget: live.budget(principal, address, nowMs),
      isRevoked: false,
    }
  }

  async function whoIs(peer: Peer, name: string, password: Uint8Array): Promise<Principal | Refusal> {
    if ('principal' in peer) return peer.principal
    if ('device' in peer) return { kind: 'device', uid: peer.device, prefix: parts.prefixOf(peer.device) }
    const result = await parts.login(name, password, peer.address)
    return 'principal' in result ? result.principal : LOGIN_REFUSALS[result.refused]
  }

  async function admit(client: AedesClient, name: string, password: Uint8Array): Promise<Refusal | null> {
    const peer = parts.peerOf(client)
    const { clientId, isClean } = wanted.get(client)!
    if (clientId.length > CLIENT_ID_MAX_LENGTH || clientId.includes('\0')) return BAD_ID
    // Only a clean session may go without a name [MQTT-3.1.3-8].
    if (clientId === '' && !isClean) return BAD_ID
    const principal = await whoIs(peer, name, password)
    if ('why' in principal) {
      peer.refused?.()
      return principal
    }
    if (client.closed) return GONE
    const session = createSession(principal, 'address' in peer ? peer.address : '')
    if (!live.add(client, session, CONNECTIONS_OF[kindOf(principal)])) return CROWDED
    peer.admitted?.()
    client.id = sessionId(ownerOf(principal), clientId)
    const uid = principal.kind === 'device' ? principal.uid : null
    const fields = { connection: parts.connectionOf(client), ...nameOf(principal), clientId: client.id }
    client.conn.once('close', () => {
      const saidGoodbye = client._disconnected
      log.debug('client-disconnected', { ...fields, saidGoodbye })
      if (uid !== null && live.count(uid) === 0 && !saidGoodbye) parts.linkLost(uid)
    })
    log.debug('client-connected', fields)
    return null
  }

  return {
    meet(client, packet) {
      wanted.set(client, { clientId: packet.clientId, isClean: packet.clean === true })
      // Aedes clears what is kept under a refused client's name too: it must not be somebody's.
      packet.clientId = `?/${randomUUID()}`
    },
    admit: (client, name, password) =>
      admit(client, name, password).catch((error) => {
        log.error('login-failed', errorFields(error))
        return FAILED
      }),
  }
}

export const kindOf = (principal: Principal) => {
  if (principal.kind === 'device') return 'device'
  return principal.name === PLAIN_NAME ? 'plain' : 'user'
}

/**
 * The name under which a session is kept: the uid itself for a device, else a name in the name space of who asks, so that nobody
 * can take over another's session. An empty id gets a name of its own [MQTT-3.1.3-6].
 */
function sessionId(owner: string, clientId: string): string {
  if (clientId === owner) return owner
  return `${owner}/${clientId === '' ? randomUUID() : clientId}`
}
