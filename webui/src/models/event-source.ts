// The real wire of the live stream: the browser's EventSource, with this side in charge of when to try again.
import type { LiveEvent } from '../../../hub/api/contract.ts'
import type { Wire } from './live-stream.ts'

const TYPES = ['hello', 'values', 'device', 'alarms', 'tick'] as const satisfies readonly LiveEvent['type'][]

export const eventSourceWire = (url: string): Wire => ({
  open(onEvent, onEnd) {
    const source = new EventSource(url)
    for (const type of TYPES) {
      source.addEventListener(type, (message) => onEvent({ type, ...JSON.parse(message.data) } as LiveEvent))
    }
    source.addEventListener('error', () => {
      source.close()
      onEnd()
    })
    return { close: () => source.close() }
  },
})
