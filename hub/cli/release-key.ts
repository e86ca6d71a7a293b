// roost release-key new | list | trust | retire: whose firmware a farm takes. The private key is made where releases are made and stays there.
import { generateKeyPairSync } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import type { OtaAnswer, OtaRequest } from '../admin-ota.ts'
import { RoostError } from '../core/errors.ts'
import { keyIdOf, publicKeyOf } from '../ota/release.ts'

export const RELEASE_KEY_USAGE = `  release-key new --out FILE [--trust] [--data DIR]
      makes a key that signs firmware: FILE is the secret, FILE.pub.pem goes to the farms; --trust: this farm believes it
  release-key trust --public FILE [--data DIR]
      this farm takes firmware that the key signed
  release-key list [--data DIR] [--json]
  release-key retire --key ID [--data DIR]
      nothing that the key signed is taken or sent any more
`

/** Does a request on the farm in this directory (undefined: the usual one). */
export type WithOta = (dir: string | undefined, request: OtaRequest) => Promise<OtaAnswer>

/** Runs one of the commands. BAD_OPTION and the errors of the request. */
export async function releaseKeyCommand(
  action: string,
  args: string[],
  print: (text: string) => void,
  ask: WithOta,
): Promise<void> {
  const given = readOptions(args)
  const { data } = given
  switch (action) {
    case 'new': {
      const path = resolve(required(given.out, 'out'))
      const { privateKey, publicKey } = generateKeyPairSync('ed25519')
      await writeNew(path, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string, 0o600)
      const pem = publicKey.export({ type: 'spki', format: 'pem' }) as string
      await writeNew(`${path}.pub.pem`, pem, 0o644)
      const raw = publicKeyOf(pem)!
      if (given.trust) await ask(data, { do: 'trust', publicKey: raw })
      print(`key ${keyIdOf(raw)} is in ${path}, its public half in ${path}.pub.pem\n`)
      return
    }
    case 'trust': {
      const path = required(given.public, 'public')
      const raw = publicKeyOf(await readText(path, 'public'))
      if (!raw) throw new RoostError('BAD_OPTION', `--public: ${path} holds no Ed25519 key`)
      await ask(data, { do: 'trust', publicKey: raw })
      print(`this farm takes firmware of key ${keyIdOf(raw)}\n`)
      return
    }
    case 'retire': {
      const key = required(given.key, 'key')
      await ask(data, { do: 'retire', id: key })
      print(`key ${key} is retired\n`)
      return
    }
    case 'list': {
      const { keys } = await ask(data, { do: 'keys' })
      if (given.json) return print(`${JSON.stringify(keys, null, 2)}\n`)
      for (const { id, isRetired, addedMs } of keys) {
        print(`${id}  ${isRetired ? 'retired' : 'trusted'}  since ${new Date(addedMs).toISOString().slice(0, 10)}\n`)
      }
      if (keys.length === 0) print('no key: this farm takes no firmware\n')
      return
    }
    default:
      throw new RoostError('BAD_OPTION', `there is no command "release-key ${action}" (--help shows them)`)
  }
}

/** A file that is not there yet. BAD_OPTION. */
export async function writeNew(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  try {
    const file = await open(path, 'wx', mode)
    try {
      await file.writeFile(content)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (cause) {
    throw new RoostError('BAD_OPTION', `--out: ${path} cannot be written: ${(cause as Error).message}`, { cause })
  }
}

/** A small text file. BAD_OPTION, naming the option. */
export async function readText(path: string, option: string): Promise<string> {
  return await readFile(path, 'utf8').catch((cause) => {
    throw new RoostError('BAD_OPTION', `--${option}: ${path} cannot be read: ${(cause as Error).message}`, { cause })
  })
}

export function required(value: string | undefined, name: string): string {
  if (!value) throw new RoostError('BAD_OPTION', `--${name} is missing (--help shows the options)`)
  return value
}

function readOptions(args: string[]) {
  try {
    const text = { type: 'string' } as const
    const flag = { type: 'boolean' } as const
    const options = { data: text, out: text, public: text, key: text, trust: flag, json: flag } as const
    return parseArgs({ args, strict: true, allowPositionals: false, options }).values
  } catch (cause) {
    const [firstSentence] = (cause as Error).message.split('. ')
    throw new RoostError('BAD_OPTION', `${firstSentence} (--help shows the options)`, { cause })
  }
}
