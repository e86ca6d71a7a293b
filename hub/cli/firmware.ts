// roost firmware sign | list | add | remove: releases of node firmware, made from images, and those that a farm has.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { RoostError } from '../core/errors.ts'
import { makeRelease } from '../ota/release.ts'
import { readText, required, type WithOta, writeNew } from './release-key.ts'

export const FIRMWARE_USAGE = `  firmware sign --image FILE --key FILE --out FILE [--notes FILE]
      makes a release of an ESP32 application image; the notes are what staff read before they use it
  firmware add --file FILE [--data DIR]
  firmware list [--data DIR] [--json]
  firmware remove --id ID [--data DIR]
`

/** Runs one of the commands. BAD_OPTION and the errors of the request. */
export async function firmwareCommand(
  action: string,
  args: string[],
  print: (text: string) => void,
  ask: WithOta,
): Promise<void> {
  const given = readOptions(args)
  const { data } = given
  switch (action) {
    case 'sign':
      return await sign(given, print)
    case 'add': {
      const path = resolve(required(given.file, 'file'))
      const { firmware } = await ask(data, { do: 'add', path })
      print(`${path} is in the catalogue, which has ${firmware.length} now\n`)
      return
    }
    case 'remove': {
      const id = required(given.id, 'id')
      await ask(data, { do: 'remove', id })
      print(`${id} is removed\n`)
      return
    }
    case 'list': {
      const { firmware } = await ask(data, { do: 'list' })
      if (given.json) return print(`${JSON.stringify(firmware, null, 2)}\n`)
      for (const { id, version, chip, sizeBytes, refusal } of firmware) {
        print(
          `${id}  ${version.padEnd(16)}  ${chip.padEnd(8)}  ${sizeBytes} bytes${refusal ? `  not sent: ${refusal}` : ''}\n`,
        )
      }
      if (firmware.length === 0) print('the catalogue is empty\n')
      return
    }
    default:
      throw new RoostError('BAD_OPTION', `there is no command "firmware ${action}" (--help shows them)`)
  }
}

async function sign(given: ReturnType<typeof readOptions>, print: (text: string) => void): Promise<void> {
  const imagePath = required(given.image, 'image')
  const key = await readText(required(given.key, 'key'), 'key')
  const out = resolve(required(given.out, 'out'))
  const notes = given.notes ? await readText(given.notes, 'notes') : ''
  const image = await readFile(imagePath).catch((cause) => {
    throw new RoostError('BAD_OPTION', `--image: ${imagePath} cannot be read: ${(cause as Error).message}`, { cause })
  })
  let release: Buffer
  try {
    release = makeRelease(image, notes, key)
  } catch (cause) {
    throw new RoostError('IMAGE_REFUSED', `${imagePath}: ${(cause as Error).message}`, { cause })
  }
  await writeNew(out, release, 0o644)
  print(`${out} is signed\n`)
}

function readOptions(args: string[]) {
  try {
    const text = { type: 'string' } as const
    const options = {
      data: text,
      image: text,
      key: text,
      out: text,
      notes: text,
      file: text,
      id: text,
      json: { type: 'boolean' },
    } as const
    return parseArgs({ args, strict: true, allowPositionals: false, options }).values
  } catch (cause) {
    const [firstSentence] = (cause as Error).message.split('. ')
    throw new RoostError('BAD_OPTION', `${firstSentence} (--help shows the options)`, { cause })
  }
}
