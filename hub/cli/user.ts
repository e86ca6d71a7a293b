// roost user …: names, passwords and rights of tools and services at the broker.
import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { UserRequest } from '../admin-users.ts'
import { RoostError } from '../core/errors.ts'
import type { UserSummary } from '../mqtt/users.ts'

export const USER_USAGE = `  user add --name NAME [--publish FILTER]… [--subscribe FILTER]… [--refuse FILTER]… [--password-stdin] [--data DIR]
      lets a tool or service in at the broker (start the hub with --mqtts-login) and shows its new password once;
      it may read everything unless --publish or --subscribe say what it may; --refuse wins over both
  user list [--data DIR] [--json]
  user password --name NAME [--password-stdin] [--data DIR]
      gives it a new password; what it has open ends
  user rights --name NAME [--publish FILTER]… [--subscribe FILTER]… [--refuse FILTER]… [--data DIR]
  user remove --name NAME [--data DIR]
`

/** The broker's users, of a running hub or in the data directory. */
export interface UserAccess {
  list(): Promise<UserSummary[]>
  do(request: UserRequest): Promise<void>
}

export interface UserWorld {
  print(text: string): void
  /** A password that is piped in. */
  stdin: NodeJS.ReadableStream
}

/** Opens the users of the farm in this directory (undefined: the usual one); makes a farm when it may. */
export type WithUsers = <T>(
  dir: string | undefined,
  mayCreate: boolean,
  work: (users: UserAccess) => Promise<T>,
) => Promise<T>

/** Runs `user ACTION …`. BAD_OPTION and the errors of Users. */
export async function userCommand(
  action: string,
  args: string[],
  world: UserWorld,
  withUsers: WithUsers,
): Promise<void> {
  const options = readOptions(args)
  const { data } = options
  if (action === 'list')
    return withUsers(data, false, async (users) => world.print(shown(await users.list(), options.json === true)))
  const { name } = options
  if (!name) throw new RoostError('BAD_OPTION', '--name is missing (--help shows the options)')
  const { publish, subscribe, refuse = [] } = options
  const isOpen = publish === undefined && subscribe === undefined
  const rights = { publish: publish ?? [], subscribe: subscribe ?? (isOpen ? ['#'] : []), refuse }
  if (action === 'remove') {
    await withUsers(data, false, (users) => users.do({ do: 'remove', name }))
    return world.print(`${name} is removed, and what it had open is ended\n`)
  }
  if (action === 'rights') {
    if (isOpen && refuse.length === 0)
      throw new RoostError('BAD_OPTION', 'none of --publish, --subscribe and --refuse is given')
    await withUsers(data, false, (users) => users.do({ do: 'change', name, rights }))
    return world.print(`${name} has new rights; what it had open is ended\n`)
  }
  const given = options['password-stdin'] ? (await text(world.stdin)).replace(/\r?\n$/, '') : null
  const password = given ?? randomBytes(15).toString('base64url')
  if (action === 'add') await withUsers(data, true, (users) => users.do({ do: 'add', name, password, rights }))
  else if (action === 'password') await withUsers(data, false, (users) => users.do({ do: 'change', name, password }))
  else throw new RoostError('BAD_OPTION', `there is no command "user ${action}" (--help shows them)`)
  const says = action === 'add' ? `${name} may log in` : `${name} has a new password; what it had open is ended`
  world.print(given === null ? `${says}; the password, shown only now: ${password}\n` : `${says}\n`)
}

function readOptions(args: string[]) {
  try {
    const filters = { type: 'string', multiple: true } as const
    return parseArgs({
      args,
      strict: true,
      allowPositionals: false,
      options: {
        name: { type: 'string' },
        publish: filters,
        subscribe: filters,
        refuse: filters,
        'password-stdin': { type: 'boolean' },
        data: { type: 'string' },
        json: { type: 'boolean' },
      },
    }).values
  } catch (cause) {
    const [firstSentence] = (cause as Error).message.split('. ')
    throw new RoostError('BAD_OPTION', `${firstSentence} (--help shows the options)`, { cause })
  }
}

function shown(users: UserSummary[], asJson: boolean): string {
  if (asJson) return `${JSON.stringify(users, null, 2)}\n`
  if (users.length === 0) return 'the broker has no users\n'
  return users
    .map(({ name, rights: { publish, subscribe, refuse } }) => {
      const list = (filters: readonly string[]) => (filters.length > 0 ? filters.join(' ') : 'nothing')
      const but = refuse.length > 0 ? `  but not ${list(refuse)}` : ''
      return `${name}  publishes ${list(publish)}  subscribes to ${list(subscribe)}${but}\n`
    })
    .join('')
}
