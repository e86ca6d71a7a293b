// The card fails at every operation of a broker's life, once or for good: the process lives on, and what was acknowledged is there at
// the next start.
import { expect, test } from 'vitest'
import { createSimDisk, type SimDisk } from '../../test/sim/disk.ts'
import * as mqtt from '../../test/sim/mqtt-bytes.ts'
import { CONNACK, openRaw, PINGRESP, PUBACK, PUBREC, type RawClient, SUBACK } from '../../test/sim/raw-client.ts'
import { openTestBroker } from '../../test/sim/test-broker.ts'

type Hub = Awaited<ReturnType<typeof openTestBroker>>

/** Connects and sends; gives what came back by packet type and id, until a PINGRESP or the end. */
async function talk(hub: Hub, options: mqtt.ConnectOptions, ...packets: Buffer[]): Promise<Set<string>> {
  const client = openRaw(hub.plainPort)
  client.send(mqtt.connect(options))
  const answers = new Set<string>()
  if (!(await answer(client, CONNACK))) return answers
  client.send(...packets, mqtt.pingreq())
  await answer(client, PINGRESP)
  // Answers wait for the card longer than a PINGRESP does.
  await new Promise((resolve) => setTimeout(resolve, 5))
  for (const { firstByte, body } of client.frames) {
    const type = firstByte >> 4
    if (type === PUBACK || type === PUBREC) answers.add(`${type} ${body.readUInt16BE(0)}`)
    if (type === SUBACK) answers.add(`${type} ${body[2]}`)
  }
  client.end()
  return answers
}

const answer = (client: RawClient, type: number) =>
  client.take(type, 2_000).then(
    () => true,
    () => false,
  )

/** A broker's life in short; what was promised. */
async function live(hub: Hub): Promise<{ retained: string[]; queued: string[]; isSubscribed: boolean }> {
  const will = { topic: 'will', payload: 'gone', qos: 1, retain: true } as const
  const reader = await talk(hub, { clientId: 'reader', clean: false, will }, mqtt.subscribe(1, ['a/#'], 2))
  await talk(hub, { clientId: 'reader', clean: false, will }, mqtt.unsubscribe(2, ['none']))
  const writer = await talk(
    hub,
    { clientId: 'writer', clean: false },
    mqtt.publish('a/kept', 'kept', { qos: 1, id: 1, retain: true }),
    mqtt.publish('a/once', 'once', { qos: 2, id: 2 }),
  )
  const more = await talk(
    hub,
    { clientId: 'writer', clean: false },
    mqtt.pubrel(2),
    mqtt.publish('a/more', 'more', { qos: 1, id: 3 }),
  )
  await hub.users.add('tool', 'long enough', { publish: [], subscribe: ['#'], refuse: [] }).catch(() => {})
  const isSubscribed = reader.has(`${SUBACK} 2`)
  const queued: string[] = []
  if (writer.has(`${PUBACK} 1`)) queued.push('a/kept')
  if (writer.has(`${PUBREC} 2`)) queued.push('a/once')
  if (more.has(`${PUBACK} 3`)) queued.push('a/more')
  return { retained: writer.has(`${PUBACK} 1`) ? ['a/kept'] : [], queued: isSubscribed ? queued : [], isSubscribed }
}

async function lookAfter(disk: SimDisk, promised: Awaited<ReturnType<typeof live>>, what: string) {
  await using hub = await openTestBroker({ disk })
  const { retained, subscriptions, queues } = hub.sessions.state
  const topics = queues.get('@+plain/reader')?.map(({ topic }) => topic) ?? []
  expect({ what, missing: promised.retained.filter((topic) => !retained.has(topic)) }).toEqual({ what, missing: [] })
  expect({ what, missing: promised.queued.filter((topic) => !topics.includes(topic)) }).toEqual({ what, missing: [] })
  if (promised.isSubscribed) expect(subscriptions.get('@+plain/reader')?.get('a/#')?.qos, what).toBe(2)
  expect(new Set(topics).size, what).toBe(topics.length)
}

for (const how of ['fails once', 'goes for good'] as const) {
  test(`the card ${how}, at whichever operation: nobody falls over and nothing acknowledged is missing`, {
    timeout: 60_000,
  }, async () => {
    let atOp = 0
    for (let isReached = true; isReached; ) {
      atOp++
      const disk = createSimDisk(how === 'fails once' ? { failAtOp: atOp, seed: atOp } : { cutAtOp: atOp, seed: atOp })
      const what = `${how} at operation ${atOp}`
      let promised: Awaited<ReturnType<typeof live>> = { retained: [], queued: [], isSubscribed: false }
      try {
        const hub = await openTestBroker({ disk })
        promised = await live(hub)
        await hub[Symbol.asyncDispose]()
      } catch (error) {
        // It may fail to open, with the card's error.
        expect(String((error as Error).message), what).toMatch(/simulated|cannot be|EIO/)
      }
      isReached = how === 'fails once' ? disk.hasFailed : disk.isCut
      await lookAfter(disk.reboot(), promised, what)
    }
    expect(atOp).toBeGreaterThan(20)
  })
}
