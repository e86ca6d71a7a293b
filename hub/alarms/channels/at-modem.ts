// A modem's AT commands for text messages (3GPP TS 27.005, 27.007), over any line of characters.

export interface SerialPort {
  write(text: string): void
  onText(listener: (text: string) => void): void
  onEnd(listener: () => void): void
  close(): void
}

const COMMAND_MS = 5_000
/** The network may take its time. */
const SEND_MS = 45_000
/** A message may say OK itself: the end of a list is an OK after which nothing comes for so long. */
const QUIET_MS = 300
const CTRL_Z = '\x1a'
const ESCAPE = '\x1b'
/** What one message holds. */
const TEXT_MAX = 160
/** A full SIM card's list. */
const BUFFER_MAX = 65_536

const REPLACED: Readonly<Record<string, string>> = {
  '°': '',
  '₂': '2',
  '₃': '3',
  '–': '-',
  '—': '-',
  '…': '...',
  '’': "'",
  ß: 'ss',
}

/** What every modem can send in one message: ASCII, accents taken off. */
export const smsText = (text: string): string =>
  text
    .replace(/[°₂₃–—…’ß]/g, (found) => REPLACED[found]!)
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[^\x20-\x7e\n]/g, '?')
    .slice(0, TEXT_MAX)

export interface AtModem {
  /** Wakes it, gives the PIN where it asks for one, switches to text messages. */
  begin(pin: string): Promise<void>
  sendText(to: string, text: string): Promise<void>
  /** What lies on the SIM card, oldest first. */
  listTexts(): Promise<ReceivedText[]>
  deleteText(index: number): Promise<void>
}

export interface ReceivedText {
  index: number
  from: string
  text: string
}

export function createAtModem(port: SerialPort): AtModem {
  let buffer = ''
  let waiting: { until: RegExp; done(found: RegExpExecArray | null): void } | null = null
  let isEnded = false

  function look() {
    const found = waiting?.until.exec(buffer)
    if (!found) return
    buffer = buffer.slice(found.index + found[0].length)
    waiting?.done(found)
  }
  port.onText((text) => {
    buffer = (buffer + text).slice(-BUFFER_MAX)
    look()
  })
  port.onEnd(() => {
    isEnded = true
    waiting?.done(null)
  })

  function answer(until: RegExp, timeoutMs: number, what: string): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(null, `the modem does not answer to ${what}`), timeoutMs)
      function finish(found: RegExpExecArray | null, reason: string) {
        clearTimeout(timer)
        waiting = null
        if (found) resolve(found)
        else reject(new Error(reason))
      }
      waiting = { until, done: (found) => finish(found, 'the modem went away') }
      if (isEnded) finish(null, 'the modem went away')
      else look()
    })
  }

  const FINAL = /(?:^|\r?\n)(OK|ERROR|\+CM[ES] ERROR: ?[^\r\n]*)\r?\n/
  /** `what` stands for the command in what people read: a PIN is no part of that. */
  async function command(text: string, what = text): Promise<string> {
    buffer = ''
    port.write(`${text}\r`)
    let said = ''
    const found = await answer(FINAL, COMMAND_MS, what)
    said = found.input.slice(0, found.index)
    if (found[1] !== 'OK') throw new Error(`${what}: ${found[1]}`)
    return said
  }

  return {
    async begin(pin) {
      // Out of a message that somebody left half written.
      port.write(ESCAPE)
      await command('AT').catch(() => command('AT'))
      await command('ATE0')
      const state = await command('AT+CPIN?')
      if (/SIM PIN/.test(state)) {
        if (pin === '') throw new Error('the SIM card wants a PIN')
        await command(`AT+CPIN="${pin}"`, 'AT+CPIN')
      } else if (/PUK/.test(state)) throw new Error('the SIM card is locked and wants its PUK')
      await command('AT+CMGF=1')
      await command('AT+CSCS="IRA"')
    },
    async sendText(to, text) {
      buffer = ''
      port.write(`AT+CMGS="${to}"\r`)
      const prompt = await answer(/> |(?:\r?\n)(ERROR|\+CM[ES] ERROR: ?[^\r\n]*)\r?\n/, COMMAND_MS, 'AT+CMGS')
      if (prompt[1]) throw new Error(prompt[1])
      port.write(`${smsText(text)}${CTRL_Z}`)
      const end = await answer(FINAL, SEND_MS, 'the message')
      if (end[1] !== 'OK') throw new Error(end[1])
    },
    async listTexts() {
      buffer = ''
      port.write('AT+CMGL="ALL"\r')
      let said = ''
      for (;;) {
        const found = await answer(
          /[\s\S]*(?:^|\r?\n)(OK|ERROR|\+CM[ES] ERROR: ?[^\r\n]*)\r?\n$/,
          COMMAND_MS,
          'AT+CMGL',
        )
        if (found[1] !== 'OK') throw new Error(`AT+CMGL: ${found[1]}`)
        said += found[0]
        await new Promise((resolve) => setTimeout(resolve, QUIET_MS))
        if (buffer === '') return parseTexts(said)
      }
    },
    async deleteText(index) {
      await command(`AT+CMGD=${index}`)
    },
  }
}

/** The messages of a list: a head line each, then the text, up to the next head or the end. Pure. */
export function parseTexts(said: string): ReceivedText[] {
  const parts = said.split(/(?:^|\r?\n)\+CMGL: ?/).slice(1)
  return parts.flatMap((part) => {
    const head = /^(\d+),"[^"]*","([^"]*)"[^\r\n]*\r?\n/.exec(part)
    if (!head) return []
    const text = part.slice(head[0].length).replace(/\r?\n(?:\r?\nOK\r?\n)?$/, '')
    return [{ index: Number(head[1]), from: head[2]!, text: text.trim() }]
  })
}
