// A real HTTP server of this machine to which the hub may send what it has for somebody: it keeps every body.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

export interface Receiver extends AsyncDisposable {
  url: string
  /** Bodies in the order in which they came. */
  got: string[]
}

export async function startReceiver(): Promise<Receiver> {
  const got: string[] = []
  const server = createServer((request, response) => {
    text(request).then(
      (body) => {
        got.push(body)
        response.end()
      },
      () => response.destroy(),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    got,
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.close()
    },
  }
}
