import { EventEmitter } from 'node:events'
import type { Socket } from 'node:net'
import { expect, test } from 'vitest'
import { createHalfOpen } from './half-open.ts'

let port = 1024
/** As much of a socket as is looked at. */
function socketFrom(remoteAddress: string): Socket & { isDestroyed: boolean } {
  const socket = Object.assign(new EventEmitter(), {
    remoteAddress,
    remotePort: port++,
    isDestroyed: false,
    destroy() {
      socket.isDestroyed = true
      socket.emit('close')
    },
  })
  return socket as unknown as Socket & { isDestroyed: boolean }
}

test('one address makes room for itself, and keeps nobody else out', () => {
  const halfOpen = createHalfOpen({ max: 100, maxPerAddress: 10 })
  const node = socketFrom('10.0.0.1')
  halfOpen.add(node)
  const strangers = Array.from({ length: 50 }, () => socketFrom('10.0.0.66'))
  for (const socket of strangers) halfOpen.add(socket)
  expect(strangers.filter(({ isDestroyed }) => isDestroyed)).toEqual(strangers.slice(0, 40))
  expect(node.isDestroyed).toBe(false)
  expect(halfOpen.count()).toBe(11)
})

test('when all places are taken the oldest goes, and who is known stays', () => {
  const halfOpen = createHalfOpen({ max: 20, maxPerAddress: 10 })
  const known = socketFrom('10.0.0.1')
  halfOpen.add(known)
  halfOpen.done(known)
  const strangers = Array.from({ length: 30 }, (_, i) => socketFrom(`10.0.1.${i}`))
  const evicted = strangers.map((socket) => halfOpen.add(socket))
  expect(evicted.filter((socket) => socket !== null)).toEqual(strangers.slice(0, 10))
  expect(known.isDestroyed).toBe(false)
  for (const socket of strangers) socket.destroy()
  expect(halfOpen.count()).toBe(0)
})
