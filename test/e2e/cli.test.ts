// The command line as a person uses it: a process of its own, with and without a running hub.
import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { runCli } from '../../hub/cli.ts'
import { openDataDir } from '../../hub/data-dir.ts'
import { openRealDisk } from '../../hub/platform/disk.ts'
import { startHub } from '../sim/hub-process.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const CLI = join(ROOT, 'hub/cli.ts')
const UID = 'rn-0123456789ab'
const FILES = ['ca.crt.pem', 'node.crt.pem', 'node.key.pem']

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'roost-cli-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function roost(cwd: string, ...args: string[]) {
  const { ROOST_DATA: _, ...env } = process.env
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], {
    cwd,
    env,
    encoding: 'utf8',
    timeout: 30_000,
  })
  return { status, stdout, stderr }
}

const add = (cwd: string, out: string, uid = UID, place = 'north/h1/climate', ...more: string[]) =>
  roost(cwd, 'node', 'add', '--uid', uid, '--place', place, '--out', out, ...more)

test('a node is added without a running hub: three files, and its place in the list', () => {
  const cwd = tempDir()
  const added = add(cwd, 'out/node-1')
  expect(added.status).toBe(0)
  expect(added.stdout).toContain(`${UID} has the place north/h1/climate`)
  expect(added.stderr).toMatch(/roost-data held no farm yet/)
  const out = join(cwd, 'out/node-1')
  expect(readdirSync(out).sort()).toEqual(FILES)
  expect(statSync(join(out, 'node.key.pem')).mode & 0o777).toBe(0o600)
  expect(statSync(join(out, 'node.crt.pem')).mode & 0o777).toBe(0o644)
  expect(
    execFileSync('openssl', ['verify', '-CAfile', 'ca.crt.pem', 'node.crt.pem'], { cwd: out, encoding: 'utf8' }),
  ).toBe('node.crt.pem: OK\n')
  expect(roost(cwd, 'node', 'list')).toEqual({
    status: 0,
    stderr: '',
    stdout: `UID              PLACE             FIRMWARE  LAST SEEN\n${UID}  north/h1/climate  -         never\n`,
  })
  expect(JSON.parse(roost(cwd, 'node', 'list', '--json').stdout)).toMatchObject([{ uid: UID, addedBy: 'staff' }])
  expect(readdirSync(join(cwd, 'roost-data/run'))).toEqual([])
})

test('every bad input is one line that names what and where, and nothing is written', async () => {
  const cwd = tempDir()
  const at = (name: string) => join(cwd, name)
  const bad = async (args: string[], status: number, says: RegExp) => {
    const [out, err]: [string[], string[]] = [[], []]
    const exitCode = await runCli(args, {
      env: { ROOST_DATA: at('roost-data') },
      print: (text) => void out.push(text),
      printError: (text) => void err.push(text),
      stdin: Readable.from([]),
    })
    expect({ args, exitCode, out }).toEqual({ args, exitCode: status, out: [] })
    expect(err).toEqual([expect.stringMatching(/^[^\n]+\n$/)])
    expect(err[0]).toMatch(says)
  }
  const good = ['node', 'add', '--uid', UID, '--place', 'a/b/c', '--out', at('out')]
  const without = (name: string) => good.toSpliced(good.indexOf(name), 2)
  await bad([], 2, /command is missing/)
  await bad(['nod'], 2, /"nod"/)
  await bad(['node', 'remove'], 2, /"node remove"/)
  await bad(['user'], 2, /--name is missing/)
  await bad(['user', 'sudo', '--name', 'x'], 2, /"user sudo"/)
  await bad(['user', 'add', '--name', 'x', '--admin'], 2, /--admin/)
  await bad(['user', 'rights', '--name', 'x'], 2, /none of --publish/)
  await bad(['user', 'remove', '--name', 'x', '--data', at('missing')], 1, /missing does not exist/)
  for (const name of ['--uid', '--place', '--out']) await bad(without(name), 2, new RegExp(`${name} is missing`))
  await bad([...without('--uid'), '--uid', 'rn-0123456789AB'], 2, /--uid: "rn-0123456789AB"/)
  for (const place of ['a/b', 'a/b/c/d', 'A/b/c', 'a//c', `a/b/${'c'.repeat(33)}`, '../b/c']) {
    await bad([...without('--place'), '--place', place], 2, /--place: /)
  }
  await bad([...good, '--colour'], 2, /--colour/)
  await bad([...good, 'extra'], 2, /extra/)
  await bad([...good, '--data', ''], 2, /--data/)
  await bad(['node', 'list', '--data', at('missing')], 1, /missing does not exist/)
  writeFileSync(at('file'), '')
  await bad([...good, '--data', at('file')], 1, /file is no directory/)
  await bad([...without('--out'), '--out', at('file')], 1, /--out: .*file cannot be written/)
  await bad([...without('--out'), '--out', '/proc/roost/out'], 1, /--out: .*out cannot be written/)
  mkdirSync(at('photos'))
  writeFileSync(at('photos/hen.jpg'), '')
  await bad([...good, '--data', at('photos')], 1, /photos is not empty/)
  expect(readdirSync(cwd).sort()).toEqual(['file', 'photos'])
  expect(readdirSync(at('photos'))).toEqual(['hen.jpg'])
})

test('help is on stdout, whatever else is asked for', () => {
  for (const args of [['--help'], ['node', 'add', '--help'], ['-h']]) {
    const run = roost(tempDir(), ...args)
    expect(run.status).toBe(0)
    expect(run.stdout).toMatch(/Usage: npm run -s roost/)
  }
})

test('key files are never overwritten unless that is asked for', () => {
  const cwd = tempDir()
  expect(add(cwd, 'out').status).toBe(0)
  const key = readFileSync(join(cwd, 'out/node.key.pem'), 'utf8')
  const again = add(cwd, 'out')
  expect(again.status).toBe(2)
  expect(again.stderr).toMatch(/node\.key\.pem exists already/)
  expect(readFileSync(join(cwd, 'out/node.key.pem'), 'utf8')).toBe(key)
  expect(add(cwd, 'out', UID, 'north/h1/climate', '--force').status).toBe(0)
  expect(readFileSync(join(cwd, 'out/node.key.pem'), 'utf8')).not.toBe(key)
  expect(readdirSync(join(cwd, 'out')).sort()).toEqual(FILES)
})

test('a place is given once, and a refusal leaves no files behind', () => {
  const cwd = tempDir()
  expect(add(cwd, 'a').status).toBe(0)
  const taken = add(cwd, 'b/deep/er', 'rn-00000000000b')
  expect(taken).toMatchObject({ status: 1, stderr: `roost: the place north/h1/climate belongs to ${UID}\n` })
  const moved = add(cwd, 'c', UID, 'north/h2/climate')
  expect(moved).toMatchObject({ status: 1, stderr: `roost: ${UID} already has the place north/h1/climate\n` })
  expect(readdirSync(cwd).sort()).toEqual(['a', 'roost-data'])
})

test('a directory that cannot be written is found out before a node is registered', ({ skip }) => {
  skip(process.getuid?.() === 0, 'root may write everywhere')
  const cwd = tempDir()
  mkdirSync(join(cwd, 'out'))
  chmodSync(join(cwd, 'out'), 0o500)
  expect(add(cwd, 'out').status).toBe(1)
  expect(existsSync(join(cwd, 'roost-data'))).toBe(false)
})

test('a command that comes while another one works waits for it', async () => {
  const cwd = tempDir()
  const other = await openDataDir(join(cwd, 'roost-data'), { disk: openRealDisk() })
  const env = { ROOST_DATA: other.path }
  const said: string[] = []
  const print = (text: string) => void said.push(text)
  const running = runCli(['node', 'list', '--json'], { env, print, printError: print, stdin: Readable.from([]) })
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(said).toEqual([])
  await other[Symbol.asyncDispose]()
  expect(await running).toBe(0)
  expect(said).toEqual(['[]\n'])
})

test('while the hub runs the command line works through it, and the hub keeps what was added', async () => {
  const cwd = tempDir()
  const hub = await startHub({ dataDir: join(cwd, 'data') })
  onTestFinished(() => hub.kill())
  const data = ['--data', 'data']
  expect(add(cwd, 'a', UID, 'north/h1/climate', ...data)).toMatchObject({ status: 0, stderr: '' })
  expect(add(cwd, 'b', 'rn-00000000000b', 'north/h1/climate', ...data)).toMatchObject({
    status: 1,
    stderr: `roost: the place north/h1/climate belongs to ${UID}\n`,
  })
  expect(roost(cwd, 'node', 'list', ...data).stdout).toContain(`${UID}  north/h1/climate`)
  await hub.kill()
  expect(roost(cwd, 'node', 'list', ...data).stdout).toContain(`${UID}  north/h1/climate`)
  const ca = readFileSync(join(cwd, 'a/ca.crt.pem'), 'utf8')
  expect(readFileSync(join(cwd, 'data/pki/ca.crt.pem'), 'utf8')).toBe(ca)
  expect(new X509Certificate(readFileSync(join(cwd, 'a/node.crt.pem'))).verify(new X509Certificate(ca).publicKey)).toBe(
    true,
  )
})
