// SMS by a modem at a serial line: opened for each message and closed after it, so that a modem that was pulled and plugged works again.
import { execFile } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { isatty, ReadStream } from 'node:tty'
import { promisify } from 'node:util'
import { createAtModem, type SerialPort } from './at-modem.ts'
import type { ChannelConfig } from './config.ts'

type SmsConfig = Extract<ChannelConfig, { kind: 'sms' }>

/** One message at a time to one modem. */
const queues = new Map<string, Promise<unknown>>()

/** Resolves when the network took the message; rejects with the modem's or the machine's word. `to` in international form. */
export function sendSms(config: SmsConfig, to: string, text: string): Promise<void> {
  const before = queues.get(config.path) ?? Promise.resolve()
  const sent = before.then(() => sendNow(config, to, text))
  queues.set(
    config.path,
    sent.catch(() => {}),
  )
  return sent
}

async function sendNow({ path, baud, pin }: SmsConfig, to: string, text: string): Promise<void> {
  if (!/^\+?[0-9]{3,20}$/.test(to)) throw new Error('that is no phone number')
  const port = await openTty(path, baud)
  try {
    const modem = createAtModem(port)
    await modem.begin(pin)
    await modem.sendText(to, text)
  } finally {
    port.close()
  }
}

/** A tty in raw mode at `baud`. */
async function openTty(path: string, baud: number): Promise<SerialPort> {
  // A USB modem has no real line speed; one that cannot be set is no reason not to try.
  await promisify(execFile)('stty', ['-F', path, String(baud), 'raw', '-echo', 'clocal'], { timeout: 5_000 }).catch(
    () => {},
  )
  let fd: number
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK)
  } catch (error) {
    throw new Error(`${path}: ${(error as NodeJS.ErrnoException).code}`)
  }
  if (!isatty(fd)) {
    closeSync(fd)
    throw new Error(`${path} is no serial line`)
  }
  const stream = new ReadStream(fd)
  stream.setRawMode(true)
  stream.on('error', () => stream.destroy())
  return {
    write: (bytes) => void stream.write(bytes),
    onText(listener) {
      stream.setEncoding('latin1')
      stream.on('data', listener as (chunk: string | Buffer) => void)
    },
    onEnd: (listener) => void stream.on('close', listener),
    close: () => void stream.destroy(),
  }
}
