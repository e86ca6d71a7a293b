// A root shell of the simulated box at a console of its own, as somebody with a keyboard at the real one has: what only the box itself knows.
import { createConnection } from 'node:net'

const ANSWER_LIMIT_MS = 120_000

export interface Shell {
  /** What the command printed; rejects when it ended with another code than 0, or not in time. */
  run(command: string): Promise<string>
  close(): void
}

/** `path`: the socket that the machine made (box.ts). */
export async function openShell(path: string): Promise<Shell> {
  const socket = createConnection(path)
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve)
    socket.once('error', reject)
  })
  let text = ''
  let wake = () => {}
  socket.setEncoding('utf8')
  socket.on('data', (chunk) => {
    text += chunk
    wake()
  })
  let count = 0

  async function run(command: string): Promise<string> {
    const mark = `mark-${++count}`
    text = ''
    socket.write(`{ ${command}; } 2>&1; echo "${mark.replace('-', '""-')}:"$?:\n`)
    const ended = new RegExp(`${mark}:(\\d+):`)
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${command}: ${text.slice(-500)}`)), ANSWER_LIMIT_MS)
      wake = () => {
        if (!ended.test(text)) return
        clearTimeout(timer)
        resolve()
      }
      wake()
    })
    const match = ended.exec(text)!
    const said = text.slice(0, match.index).replaceAll('\r', '')
    if (match[1] !== '0') throw new Error(`${command} ended with ${match[1]}: ${said}`)
    return said
  }

  // The console's own shell edits lines and shows them; a plain one that shows nothing gives only what commands print.
  socket.write('\nexec env PS1= PS2= TERM=dumb sh\n')
  await run('stty -echo')
  await run('true')
  return { run, close: () => socket.destroy() }
}
