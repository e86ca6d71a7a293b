// roost ca status | roll | end: the farm's CA, and its change without touching a node by hand.
import { parseArgs } from 'node:util'
import type { CaRequest } from '../admin-ca.ts'
import { RoostError } from '../core/errors.ts'
import { type CaStatus, ROLL_DAYS, ROLL_DAYS_MAX } from '../pki/pki.ts'

export const CA_USAGE = `  ca status [--data DIR] [--json]
      until when the farm's CA is good, and how far a change of it is
  ca roll [--days N] [--data DIR]
      makes a new CA: nodes that are connected move to it by themselves; the old one goes when all did, or after N days (${ROLL_DAYS})
  ca end [--data DIR]
      drops the old CA now; nodes that did not move are shut out and need a new code
`

/** Does a request on the farm in this directory (undefined: the usual one). */
export type WithCa = (dir: string | undefined, request: CaRequest) => Promise<CaStatus>

/** Runs one of the commands. BAD_OPTION and the errors of the request. */
export async function caCommand(
  action: string,
  args: string[],
  print: (text: string) => void,
  ask: WithCa,
): Promise<void> {
  const { data, json, days } = readOptions(args)
  if (action !== 'status' && action !== 'roll' && action !== 'end')
    throw new RoostError('BAD_OPTION', `there is no command "ca ${action}" (--help shows them)`)
  const count = days === undefined ? ROLL_DAYS : Number(days)
  if (!(Number.isInteger(count) && count >= 1 && count <= ROLL_DAYS_MAX))
    throw new RoostError('BAD_OPTION', `--days: "${days}" is not 1 to ${ROLL_DAYS_MAX}`)
  const status = await ask(data, action === 'roll' ? { do: 'roll', days: count } : { do: action })
  print(json ? `${JSON.stringify(status, null, 2)}\n` : shown(status))
}

const day = (ms: number) => new Date(ms).toISOString().slice(0, 10)

function shown({ subject, sha256, notAfterMs, roll }: CaStatus): string {
  const lines = [`${subject}, good until ${day(notAfterMs)}`, `SHA-256 ${sha256}`]
  if (roll) {
    lines.push(`a new CA since ${day(roll.startedMs)}, good until ${day(roll.notAfterMs)}; SHA-256 ${roll.sha256}`)
    lines.push(
      `${roll.moved.length} nodes moved to it, ${roll.left.length} are left; the old one goes by ${day(roll.deadlineMs)}`,
    )
    lines.push(...roll.left.map((uid) => `  ${uid}`))
  }
  return `${lines.join('\n')}\n`
}

function readOptions(args: string[]) {
  try {
    const text = { type: 'string' } as const
    const options = { data: text, days: text, json: { type: 'boolean' } } as const
    return parseArgs({ args, strict: true, allowPositionals: false, options }).values
  } catch (cause) {
    const [firstSentence] = (cause as Error).message.split('. ')
    throw new RoostError('BAD_OPTION', `${firstSentence} (--help shows the options)`, { cause })
  }
}
