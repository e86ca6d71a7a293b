// roost node add --csv: keys and certificates for a batch of nodes, a directory each. Every line is checked before anything is issued;
// a batch that was broken off goes on where it stopped, and one that is run again issues nothing twice.
import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { RoostError } from '../core/errors.ts'
import { isUid, type Place, parsePlace, placeText } from '../core/ids.ts'
import { NODE_FILES, writeNodeFiles } from '../node-files.ts'
import type { ProvisionedNode } from '../provision.ts'
import type { Device } from '../registry/registry.ts'

const LINES_MAX = 10_000

export interface BatchLine {
  line: number
  uid: string
  place: Place
}

/**
 * The nodes of a CSV text: `uid,place` a line, place as site/house/node; empty lines, lines that begin with # and one headline
 * `uid,place` are left out. BAD_OPTION names the file and every line that cannot be used.
 */
export function parseBatch(text: string, file: string): BatchLine[] {
  const flaws: string[] = []
  const nodes: BatchLine[] = []
  const lineOf = new Map<string, number>()
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
  if (lines.length > LINES_MAX) throw new RoostError('BAD_OPTION', `--csv: ${file} has more than ${LINES_MAX} lines`)
  for (const [index, content] of lines.entries()) {
    const line = index + 1
    const isHead = nodes.length === 0 && /^\s*"?uid"?\s*,\s*"?place"?\s*$/i.test(content)
    if (content.trim() === '' || content.startsWith('#') || isHead) continue
    const fields = content.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'))
    const [uid = '', placed = ''] = fields
    const place = parsePlace(placed)
    const flaw = (why: string) => flaws.push(`${file}:${line}: ${why}`)
    if (fields.length !== 2) flaw(`it has ${fields.length} fields, not uid,place`)
    else if (!isUid(uid)) flaw(`"${uid.slice(0, 64)}" is not rn- and 12 hex digits`)
    else if (!place) flaw(`"${placed.slice(0, 64)}" is not site/house/node`)
    else if (lineOf.has(uid)) flaw(`${uid} is on line ${lineOf.get(uid)} already`)
    else if (lineOf.has(placed)) flaw(`the place ${placed} is on line ${lineOf.get(placed)} already`)
    else {
      lineOf.set(uid, line).set(placed, line)
      nodes.push({ line, uid, place })
    }
  }
  if (flaws.length > 0)
    throw new RoostError('BAD_OPTION', `--csv: ${flaws.slice(0, 10).join('; ')}${more(flaws.length)}`)
  if (nodes.length === 0) throw new RoostError('BAD_OPTION', `--csv: ${file} names no node`)
  return nodes
}

const more = (count: number) => (count > 10 ? `; and ${count - 10} more lines` : '')

export interface BatchFarm {
  addNode(uid: string, place: Place): Promise<ProvisionedNode>
  listNodes(): Promise<readonly Device[]>
}

/** Adds the nodes of `file`, each into a directory of its uid in `out`; how many are new and how many were done before. */
export async function addBatch(file: string, nodes: readonly BatchLine[], out: string, farm: BatchFarm) {
  const devices = await farm.listNodes()
  const byUid = new Map(devices.map((device) => [device.uid, device]))
  const holderOf = new Map(devices.flatMap(({ uid, place }) => (place ? [[placeText(place), uid] as const] : [])))
  for (const { line, uid, place } of nodes) {
    const holder = holderOf.get(placeText(place))
    const other = byUid.get(uid)?.place
    if (holder && holder !== uid)
      throw new RoostError('PLACE_TAKEN', `${file}:${line}: ${placeText(place)} belongs to ${holder}`)
    if (other && placeText(other) !== placeText(place)) {
      throw new RoostError('DEVICE_PLACED', `${file}:${line}: ${uid} has the place ${placeText(other)} already`)
    }
  }
  let added = 0
  for (const { line, uid, place } of nodes) {
    const dir = join(out, uid)
    const serial = byUid.get(uid)?.certificateSerial
    if (serial && (await serialIn(dir)) === serial) continue
    try {
      // Files of a node that the registry does not know by this certificate are what a power cut left.
      await writeNodeFiles(dir, true, () => farm.addNode(uid, place))
    } catch (error) {
      const code = error instanceof RoostError ? error.code : 'DISK'
      const so = `${file}:${line}: ${(error as Error).message} (${added} nodes before it are done; run it again to go on)`
      throw new RoostError(code, so, { cause: error })
    }
    added++
  }
  return { added, before: nodes.length - added }
}

/** The serial of the certificate in a node's directory when all of its files are there and belong together. */
async function serialIn(dir: string): Promise<string | null> {
  try {
    const [key, cert] = await Promise.all(NODE_FILES.map((name) => readFile(join(dir, name), 'utf8')))
    if (!key!.includes('PRIVATE KEY')) return null
    return new X509Certificate(cert!).serialNumber.toLowerCase()
  } catch {
    return null
  }
}
