// Writes the golden payloads (test/vectors), the C header of the diagnostic codes and the table of routes and roles anew.
//   node scripts/vectors.ts [--check]
//   --check   change nothing; exit code 1 when something is out of step
import { mkdir, readdir, readFile, unlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { accessTable } from './access-table.ts'
import { codesHeader } from './codes-header.ts'
import { allVectors, VECTOR_KEY, type Vector } from './vector-list.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const DIR = 'test/vectors'
/** The wire vectors' names; other parts keep golden files in the same folder. */
const INDEX = `${DIR}/index.tsv`

const hexOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Readable JSON: bytes as {"$hex": …}, 64-bit counters as {"$uint": …}. */
const json = ({ kind, expect, isCanonical, note, value, bytes }: Vector) =>
  `${JSON.stringify(
    { kind, expect, isCanonical, note, value, hex: hexOf(bytes) },
    (_, each: unknown) =>
      each instanceof Uint8Array ? { $hex: hexOf(each) } : typeof each === 'bigint' ? { $uint: String(each) } : each,
    1,
  )}\n`

const index = (vectors: Vector[]) =>
  [
    ['name', 'kind', 'file', 'expect', 'canonical', 'key'],
    ...vectors.map(({ name, kind, expect, isCanonical }) => [
      name,
      kind,
      `${name}.cbor`.replace(/^(bad-)?(peer|lora)-(.*)\.cbor$/, '$1$2-$3.frame'),
      expect,
      isCanonical ? 'yes' : 'no',
      kind.endsWith('-frame') ? hexOf(VECTOR_KEY) : '-',
    ]),
  ]
    .map((row) => `${row.join('\t')}\n`)
    .join('')

/** Every file by its path below the project, and its content. */
export function vectorFiles(): Map<string, Uint8Array> {
  const vectors = allVectors()
  const files = new Map<string, Uint8Array>()
  const text = (path: string, content: string) => files.set(path, new TextEncoder().encode(content))
  const names = index(vectors)
  text(INDEX, names)
  text('firmware/core/include/roost/codes.h', codesHeader())
  text('docs/api-access.md', accessTable())
  for (const [i, line] of names.trimEnd().split('\n').slice(1).entries()) {
    const [name, , file] = line.split('\t') as [string, string, string]
    const path = `${DIR}/${file}`
    if (files.has(path)) throw new Error(`two vectors are called ${name}`)
    files.set(path, vectors[i]!.bytes)
    text(`${DIR}/${name}.json`, json(vectors[i]!))
  }
  return files
}

async function outOfStep(files: Map<string, Uint8Array>): Promise<string[]> {
  const wrong: string[] = []
  for (const [path, content] of files) {
    const there = await readFile(join(root, path)).catch(() => null)
    if (!there?.equals(content)) wrong.push(path)
  }
  return wrong
}

/** Names of wire vectors that the index of the last run lists and this one does not. */
async function dropStale(files: Map<string, Uint8Array>): Promise<void> {
  const before = await readFile(join(root, INDEX), 'utf8').catch(() => '')
  const there = new Set(await readdir(join(root, DIR)).catch(() => []))
  for (const line of before.trimEnd().split('\n').slice(1)) {
    const [name, , file] = line.split('\t')
    for (const each of [`${name}.json`, `${file}`]) {
      if (there.has(each) && !files.has(`${DIR}/${each}`)) await unlink(join(root, DIR, each))
    }
  }
}

if (import.meta.main) {
  const files = vectorFiles()
  const wrong = await outOfStep(files)
  if (process.argv.includes('--check')) {
    for (const path of wrong) process.stderr.write(`vectors: ${path} is out of step\n`)
    process.exit(wrong.length > 0 ? 1 : 0)
  }
  await dropStale(files)
  for (const path of wrong) {
    await mkdir(dirname(join(root, path)), { recursive: true })
    await writeFile(join(root, path), files.get(path)!)
  }
  process.stderr.write(`vectors: ${files.size} files, ${wrong.length} of them written\n`)
}
