// A text-message modem at a pseudo terminal, speaking AT as 3GPP TS 27.005 and 27.007 have it: echo, PIN, prompt, final results.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** Opens a pty, prints the slave's path, then a JSON line for each message; `argv[1]`: the PIN it wants, `argv[2]`: how it fails. */
const PROGRAM = `
import json, os, pty, sys, threading, tty
pin, mode = sys.argv[1], sys.argv[2]
main, side = pty.openpty()
tty.setraw(side)
print(json.dumps({"path": os.ttyname(side)}), flush=True)
echo, open_sim, to, data = True, pin == "", None, b""
inbox = {}
def take():
    for line in sys.stdin:
        inbox[max(inbox, default=0) + 1] = json.loads(line)
        print(json.dumps({"stored": len(inbox)}), flush=True)
threading.Thread(target=take, daemon=True).start()
def say(text): os.write(main, text.encode("latin1"))
while True:
    byte = os.read(main, 1)
    if mode == "mute": continue
    if byte == b"\\x1b":
        to, data = None, b""
        continue
    if to is not None:
        if byte == b"\\x1a":
            if mode == "no-network": say("\\r\\n+CMS ERROR: 331\\r\\n")
            else:
                print(json.dumps({"to": to, "text": data.decode("latin1")}), flush=True)
                say("\\r\\n+CMGS: 7\\r\\n\\r\\nOK\\r\\n")
            to, data = None, b""
        else: data += byte
        continue
    if echo: os.write(main, byte)
    if byte != b"\\r":
        data += byte
        continue
    line, data = data.decode("latin1").strip(), b""
    if line == "ATE0": echo = False; say("\\r\\nOK\\r\\n")
    elif line == "AT+CPIN?": say("\\r\\n+CPIN: " + ("READY" if open_sim else "SIM PIN") + "\\r\\n\\r\\nOK\\r\\n")
    elif line.startswith("AT+CPIN="):
        open_sim = line == 'AT+CPIN="' + pin + '"'
        say("\\r\\nOK\\r\\n" if open_sim else "\\r\\n+CME ERROR: 16\\r\\n")
    elif not open_sim and line != "AT": say("\\r\\n+CME ERROR: 11\\r\\n")
    elif line in ("AT", "AT+CMGF=1", 'AT+CSCS="IRA"'): say("\\r\\nOK\\r\\n")
    elif line == 'AT+CMGL="ALL"':
        for at, one in list(inbox.items()): say('\\r\\n+CMGL: %d,"REC UNREAD","%s",,"26/11/23,17:01:00+04"\\r\\n%s\\r\\n' % (at, one["from"], one["text"]))
        say("\\r\\nOK\\r\\n")
    elif line.startswith("AT+CMGD="): print(json.dumps({"deleted": inbox.pop(int(line[8:]), None) is not None}), flush=True); say("\\r\\nOK\\r\\n")
    elif line.startswith('AT+CMGS="'): to = line[9:-1]; say("\\r\\n> ")
    else: say("\\r\\nERROR\\r\\n")
`

export interface SimModem {
  /** Of the serial line. */
  readonly path: string
  readonly sent: readonly { to: string; text: string }[]
  /** Messages that were taken off the SIM card. */
  readonly deletedCount: number
  /** A message comes in; resolves when it lies on the SIM card. */
  receive(from: string, text: string): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** A modem that wants `pin` ('': none). `mute`: it answers nothing; `no-network`: it takes no message. */
export async function openSimModem({
  pin = '',
  mode = 'good' as 'good' | 'mute' | 'no-network',
} = {}): Promise<SimModem> {
  const child = spawn('python3', ['-c', PROGRAM, pin, mode], { stdio: ['pipe', 'pipe', 'inherit'] })
  const sent: { to: string; text: string }[] = []
  const stored: (() => void)[] = []
  let deletedCount = 0
  const path = await new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => reject(new Error(`the modem ended with ${code}`)))
    createInterface(child.stdout).on('line', (line) => {
      const told = JSON.parse(line) as { path?: string; to?: string; text?: string; stored?: number; deleted?: boolean }
      if (told.path) resolve(told.path)
      else if (told.stored) stored.shift()?.()
      else if (told.deleted !== undefined) deletedCount += told.deleted ? 1 : 0
      else sent.push({ to: told.to!, text: told.text! })
    })
  })
  return {
    path,
    sent,
    get deletedCount() {
      return deletedCount
    },
    receive: (from, text) =>
      new Promise((resolve) => {
        stored.push(resolve)
        child.stdin.write(
          `${JSON.stringify({
            from,
            text,
          })}\n`,
        )
      }),
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
