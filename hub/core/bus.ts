// The typed bus: facts in the past tense that several parts may hear. Nobody asks by event; listeners are synchronous.

/** Every fact that is announced inside the hub. */
export interface Facts {
  /** Something that a device's page shows changed: liveness, heartbeat, place, a new sensor. */
  deviceChanged: { uid: string }
  /** Something on the page of alarms changed: raised, seen, silenced, over, a call. */
  alarmsChanged: object
}

export type FactName = keyof Facts
type Listener<K extends FactName> = (fact: Facts[K]) => void

export interface Bus {
  emit<K extends FactName>(name: K, fact: Facts[K]): void
  /** Hears a fact until the returned disposable is disposed. */
  on<K extends FactName>(name: K, listener: Listener<K>): Disposable
}

/** A bus; a listener that throws is given to `onError` and does not keep the fact from the others. */
export function createBus(onError: (error: unknown) => void): Bus {
  const listeners = new Map<FactName, Set<Listener<never>>>()
  return {
    emit(name, fact) {
      for (const listener of listeners.get(name) ?? []) {
        try {
          ;(listener as Listener<typeof name>)(fact)
        } catch (error) {
          onError(error)
        }
      }
    },
    on(name, listener) {
      const set = listeners.get(name) ?? new Set()
      listeners.set(name, set)
      set.add(listener as Listener<never>)
      return { [Symbol.dispose]: () => void set.delete(listener as Listener<never>) }
    },
  }
}
