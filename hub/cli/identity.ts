// roost node revoke, roost node enrol-code: who may come in and who must not any more.
import { parseArgs } from 'node:util'
import type { EnrolCode, IdentityRequest } from '../admin-identity.ts'
import { RoostError } from '../core/errors.ts'
import { isUid, parsePlace } from '../core/ids.ts'

export const IDENTITY_USAGE = `  node enrol-code [--place SITE/HOUSE/NODE] [--uid rn-XXXXXXXXXXXX] [--minutes N] [--data DIR]
      a one-time code with which a new node comes in by itself (docs/openssl-node.md); the hub must run
  node revoke (--uid rn-XXXXXXXXXXXX | --serial HEX) [--data DIR]
      refuses a node, or one certificate, from now on; what it has open ends within two seconds
`

/** Does a request on the farm in this directory (undefined: the usual one). */
export type WithIdentity = (dir: string | undefined, request: IdentityRequest) => Promise<EnrolCode | null>

/** Runs `node revoke` or `node enrol-code`. BAD_OPTION and the errors of the request. */
export async function identityCommand(
  action: 'revoke' | 'enrol-code',
  args: string[],
  print: (text: string) => void,
  ask: WithIdentity,
): Promise<void> {
  const options = readOptions(args)
  const { uid, serial, place, data } = options
  if (uid !== undefined && !isUid(uid))
    throw new RoostError('BAD_OPTION', `--uid: "${uid}" is not rn- and 12 hex digits (0-9, a-f)`)
  if (action === 'revoke') {
    if ((uid === undefined) === (serial === undefined))
      throw new RoostError('BAD_OPTION', 'either --uid or --serial is needed')
    await ask(data, uid === undefined ? { do: 'revoke', serial: serial!.toLowerCase() } : { do: 'revoke', uid })
    return print(`${uid ?? `the certificate ${serial}`} is refused from now on\n`)
  }
  if (place !== undefined && !parsePlace(place))
    throw new RoostError('BAD_OPTION', `--place: "${place}" is not site/house/node`)
  const minutes = options.minutes === undefined ? undefined : Number(options.minutes)
  if (minutes !== undefined && !(Number.isInteger(minutes) && minutes >= 1 && minutes <= 60)) {
    throw new RoostError('BAD_OPTION', `--minutes: "${options.minutes}" is not 1 to 60`)
  }
  const code = await ask(data, {
    do: 'enrol-code',
    ...(place === undefined ? {} : { place }),
    ...(uid === undefined ? {} : { uid }),
    ...(minutes === undefined ? {} : { minutes }),
  })
  if (!code) throw new RoostError('ENROLMENT_OFF', 'the hub gave no code')
  print(
    `code ${code.code}, good once and for ${code.minutes} minutes, on port ${code.port}\nCA fingerprint (SHA-256) ${code.caSha256}\n`,
  )
}

function readOptions(args: string[]) {
  try {
    const text = { type: 'string' } as const
    const options = { uid: text, serial: text, place: text, minutes: text, data: text }
    return parseArgs({ args, strict: true, allowPositionals: false, options }).values
  } catch (cause) {
    const [firstSentence] = (cause as Error).message.split('. ')
    throw new RoostError('BAD_OPTION', `${firstSentence} (--help shows the options)`, { cause })
  }
}
