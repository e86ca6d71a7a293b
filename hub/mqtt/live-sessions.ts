// Who is connected: the live sessions of each identity, so that one that was revoked or changed ends at once (R-BRK-03).
import type { Client } from 'aedes'
import type { DeviceStream } from './ingest.ts'
import type { Bucket } from './rate.ts'
import type { Principal } from './rights.ts'

export interface Session {
  readonly principal: Principal
  /** Devices only. */
  readonly stream: DeviceStream | null
  readonly publishing: Bucket
  readonly subscribing: Bucket
  /** Filters that were granted on this connection. */
  readonly filters: Set<string>
  /** The identity lost its rights: nothing more is taken or given, not even a will. */
  isRevoked: boolean
}

/** The name space of an identity's sessions: a device's uid; `@name` of a user; `@+plain` of the plain listener. */
export const ownerOf = (principal: Principal): string =>
  principal.kind === 'device' ? principal.uid : `@${principal.name}`

/** Who it is, for the log. */
export const nameOf = (principal: Principal | undefined) => {
  if (!principal) return {}
  return principal.kind === 'device' ? { uid: principal.uid } : { name: principal.name }
}

export interface LiveSessions {
  of(client: Client): Session | undefined
  /** Takes a client in, from before its CONNACK until its stream is closed; false when the identity has `max` already. */
  add(client: Client, session: Session, max: number): boolean
  count(owner: string): number
  /** Revokes the live sessions of an identity and closes their streams; how many there were. */
  end(owner: string): number
}

export function createLiveSessions(): LiveSessions {
  const sessionOf = new WeakMap<Client, Session>()
  const clientsOf = new Map<string, Set<Client>>()
  return {
    of: (client) => sessionOf.get(client),
    add(client, session, max) {
      const owner = ownerOf(session.principal)
      const clients = clientsOf.get(owner) ?? new Set()
      if (clients.size >= max || client.conn.destroyed) return false
      sessionOf.set(client, session)
      clientsOf.set(owner, clients.add(client))
      client.conn.once('close', () => {
        clients.delete(client)
        if (clients.size === 0 && clientsOf.get(owner) === clients) clientsOf.delete(owner)
      })
      return true
    },
    count: (owner) => clientsOf.get(owner)?.size ?? 0,
    end(owner) {
      const clients = [...(clientsOf.get(owner) ?? [])]
      for (const client of clients) {
        sessionOf.get(client)!.isRevoked = true
        client.close()
        client.conn.destroy()
      }
      return clients.length
    },
  }
}
