// Who is connected: the live sessions of each identity, so that one that was revoked or changed ends at once (R-BRK-03).
import type { Client } from 'aedes'
import type { DeviceStream } from './ingest.ts'
import { FAN_OUT_RATE, FILTERS_OF_ADDRESS_RATE, WRITTEN_OF_ADDRESS_RATE } from './limits.ts'
import { type Bucket, createBucket, hasToken } from './rate.ts'
import type { Principal } from './rights.ts'

export interface Session {
  readonly principal: Principal
  /** Devices only. */
  readonly stream: DeviceStream | null
  readonly publishing: Bucket
  readonly subscribing: Bucket
  /** Filters that were granted on this connection. */
  readonly filters: Set<string>
  /** Shared by the connections of this identity from this address. */
  readonly budget: Budget
  /** The identity lost its rights: nothing more is taken or given, not even a will. */
  isRevoked: boolean
}

/** What one identity uses up from one address: others that share its name do not pay for it. */
export interface Budget {
  connections: number
  filters: number
  readonly fanOut: Bucket
  readonly asking: Bucket
  readonly writing: Bucket
}

/** Budgets that are remembered; those that nobody uses and that are full again make room. */
const BUDGETS_MAX = 4_096

/** The name space of an identity's sessions: a device's uid; `@name` of a user; `@+plain` of the plain listener. */
export const ownerOf = (principal: Principal): string =>
  principal.kind === 'device' ? principal.uid : `@${principal.name}`

/** Who it is, for the log. */
export const nameOf = (principal: Principal | undefined) => {
  if (!principal) return {}
  return principal.kind === 'device' ? { uid: principal.uid } : { name: principal.name }
}

export interface LiveSessions {
  budget(principal: Principal, address: string, nowMs: number): Budget
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
  const budgets = new Map<string, Budget>()
  return {
    budget(principal, address, nowMs) {
      const key = `${ownerOf(principal)} ${address}`
      const known = budgets.get(key)
      if (known) return known
      if (budgets.size >= BUDGETS_MAX) {
        for (const [old, { connections, fanOut, writing }] of budgets) {
          if (
            connections === 0 &&
            hasToken(fanOut, FAN_OUT_RATE, nowMs) &&
            hasToken(writing, WRITTEN_OF_ADDRESS_RATE, nowMs)
          )
            budgets.delete(old)
        }
      }
      const budget = {
        connections: 0,
        filters: 0,
        fanOut: createBucket(FAN_OUT_RATE, nowMs),
        asking: createBucket(FILTERS_OF_ADDRESS_RATE, nowMs),
        writing: createBucket(WRITTEN_OF_ADDRESS_RATE, nowMs),
      }
      budgets.set(key, budget)
      return budget
    },
    of: (client) => sessionOf.get(client),
    add(client, session, max) {
      const owner = ownerOf(session.principal)
      const clients = clientsOf.get(owner) ?? new Set()
      if (clients.size >= max || client.conn.destroyed) return false
      sessionOf.set(client, session)
      clientsOf.set(owner, clients.add(client))
      session.budget.connections++
      client.conn.once('close', () => {
        clients.delete(client)
        session.budget.connections--
        session.budget.filters -= session.filters.size
        session.filters.clear()
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
