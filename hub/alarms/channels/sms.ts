// SMS by a modem at a serial line: opened for each message and closed after it, so that a modem that was pulled and plugged works again.
import { execFile } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { isatty, ReadStream } from 'node:tty'
import { promisify } from 'node:util'
import { type AtModem, createAtModem, type ReceivedText, type SerialPort } from './at-modem.ts'
import type { ChannelConfig } from './config.ts'

type SmsConfig = Extract<ChannelConfig, { kind: 'sms' }>

/** One message at a time to one modem. */
const queues = new Map<string, Promise<unknown>>()

/** Resolves when the network took the message; rejects with the modem's or the machine's word. `to` in international form. */
export function sendSms(config: SmsConfig, to: string, text: string): Promise<void> {
  if (!/^\+?[0-9]{3,20}$/.test(to)) return Promise.reject(new Error('that is no phone number'))
  return withModem(config, (modem) => modem.sendText(to, text))
}

/** Takes the messages off the SIM card. */
export const takeTexts = (config: SmsConfig): Promise<ReceivedText[]> =>
  withModem(config, async (modem) => {
    const texts = await modem.listTexts()
    for (const { index } of texts) await modem.deleteText(index)
    return texts
  })

function withModem<T>(config: SmsConfig, work: (modem: AtModem) => Promise<T>): Promise<T> {
  const { path, baud, pin } = config
  const before = queues.get(path) ?? Promise.resolve()
  const done = before.then(async () => {
    const port = await openTty(path, baud)
    try {
      const modem = createAtModem(port)
      await modem.begin(pin)
      return await work(modem)
    } finally {
      port.close()
    }
  })
  queues.set(
    path,
    done.catch(() => {}),
  )
  return done
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
