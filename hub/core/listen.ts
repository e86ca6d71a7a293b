// Listening on an address with an error that says which and why.
import { RoostError } from './errors.ts'

interface Listening {
  listen(port: number, host: string): unknown
  once(event: string, listener: (error: Error) => void): unknown
}

/** Resolves when the server listens; a taken address is PORT_IN_USE. */
export async function listen(server: Listening, host: string, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const what = cause.code === 'EADDRINUSE' ? 'is already in use' : `cannot be used (${cause.code ?? cause.message})`
      reject(new RoostError('PORT_IN_USE', `address ${host}:${port} ${what}`, { cause }))
    })
    server.once('listening', () => resolve())
    server.listen(port, host)
  })
}
