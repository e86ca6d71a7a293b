// Users of the broker over the admin socket; `roost user …` asks.
//   GET  /users → UserSummary[]
//   POST /users {"do": "add", "name", "password", "rights"} · {"do": "change", "name", "password"?, "rights"?} · {"do": "remove", "name"}
import * as v from 'valibot'
import { RoostError } from './core/errors.ts'
import { rightsSchema, type Users } from './mqtt/users.ts'

const name = v.string()
const requestSchema = v.variant('do', [
  v.object({ do: v.literal('add'), name, password: v.string(), rights: rightsSchema }),
  v.object({ do: v.literal('change'), name, password: v.optional(v.string()), rights: v.optional(rightsSchema) }),
  v.object({ do: v.literal('remove'), name }),
])
export type UserRequest = v.InferOutput<typeof requestSchema>

/** Does what the text of a request asks for. BAD_REQUEST and the errors of Users. */
export async function changeUsers(users: Users, text: string): Promise<null> {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (cause) {
    throw new RoostError('BAD_REQUEST', 'the request is no JSON', { cause })
  }
  const parsed = v.safeParse(requestSchema, json)
  if (!parsed.success) throw new RoostError('BAD_REQUEST', `the request cannot be used: ${parsed.issues[0].message}`)
  await doUserRequest(users, parsed.output)
  return null
}

/** The same with a request that was checked. */
export async function doUserRequest(users: Users, request: UserRequest): Promise<void> {
  if (request.do === 'add') await users.add(request.name, request.password, request.rights)
  else if (request.do === 'remove') await users.remove(request.name)
  else {
    const { password, rights } = request
    await users.change(request.name, {
      ...(password === undefined ? {} : { password }),
      ...(rights === undefined ? {} : { rights }),
    })
  }
}
