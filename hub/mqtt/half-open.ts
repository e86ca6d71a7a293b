// Connections of which nobody knows yet who is at the other end. Each costs memory and a slot and is ended by a time-out; until then
// there may be so many: of one address, and in all. The oldest makes room for a new one, so that strangers who open connections and
// say nothing keep no node out.
import type { Socket } from 'node:net'

export interface HalfOpen {
  /** Takes a new connection in; gives the one that had to make room. */
  add(socket: Socket): Socket | null
  /** It is known now who this is. */
  done(socket: Socket): void
  count(): number
}

export function createHalfOpen({ max, maxPerAddress }: { max: number; maxPerAddress: number }): HalfOpen {
  /** Oldest first. */
  const waiting = new Map<string, Socket>()
  const byAddress = new Map<string, Set<string>>()

  function forget(key: string, address: string) {
    if (!waiting.delete(key)) return
    const own = byAddress.get(address)
    own?.delete(key)
    if (own?.size === 0) byAddress.delete(address)
  }

  function oldest(own: Set<string>): string | undefined {
    if (own.size >= maxPerAddress) return own.values().next().value
    return waiting.size >= max ? waiting.keys().next().value : undefined
  }

  return {
    add(socket) {
      const address = socket.remoteAddress
      if (address === undefined) return null // gone already
      const own = byAddress.get(address) ?? new Set<string>()
      const key = oldest(own)
      const evicted = key === undefined ? null : waiting.get(key)!
      if (evicted) {
        forget(key!, evicted.remoteAddress ?? address)
        evicted.destroy()
      }
      const name = nameOf(socket)
      byAddress.set(address, own.add(name))
      waiting.set(name, socket)
      socket.once('close', () => forget(name, address))
      return evicted
    },
    done: (socket) => forget(nameOf(socket), socket.remoteAddress ?? ''),
    count: () => waiting.size,
  }
}

/** The same for a TCP socket and for the TLS socket around it. */
const nameOf = ({ remoteAddress, remotePort }: Socket) => `${remoteAddress} ${remotePort}`
