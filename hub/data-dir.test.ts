import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { openDataDir } from './data-dir.ts'
import { openRealDisk } from './platform/disk.ts'

const disk = openRealDisk()
const isRoot = process.getuid?.() === 0

function tempDir(): string {
  const dir = mkdtempSync(join(tmpdir(), 'roost-data-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** Another process that takes the lock of `runDir`, says what came of it, and holds it until its standard input ends. */
function contender(runDir: string, holdMs: number) {
  const lock = JSON.stringify(fileURLToPath(new URL('./data-lock.ts', import.meta.url)))
  const script = `import { takeLock } from ${lock}
    const say = (word) => process.stdout.write(word + ' ' + process.hrtime.bigint() + '\\n')
    try {
      const lock = await takeLock(${JSON.stringify(runDir)}, 'it')
      say('held')
      await new Promise((resolve) => { process.stdin.on('end', resolve).resume(); setTimeout(resolve, ${holdMs}) })
      say('gave')
      await lock[Symbol.asyncDispose]()
      process.exit(0)
    } catch (error) { say(error.code); process.exit(0) }`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  const words = () =>
    output
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ') as [string, string])
  return { child, words, exited: once(child, 'exit') }
}

test('an empty or missing directory becomes ours, with a mark that stays the same', async () => {
  const path = join(tempDir(), 'new', 'data')
  const first = await openDataDir(path, { disk })
  await first[Symbol.asyncDispose]()
  expect(readdirSync(path)).toEqual(['roost.copy.json', 'roost.json', 'run'])
  expect(statSync(path).mode & 0o777).toBe(0o700)
  expect(JSON.parse(readFileSync(join(path, 'roost.json'), 'utf8'))).toEqual({ format: 1, id: first.id })
  await using second = await openDataDir(path, { disk })
  expect(second).toMatchObject({ id: first.id, path, adminSocketPath: join(path, 'run', 'admin.sock') })
})

test('the root of a new partition and a first start that was cut count as empty', async () => {
  const path = tempDir()
  for (const name of ['lost+found', 'run']) mkdirSync(join(path, name))
  writeFileSync(join(path, 'roost.json.new'), '{"for')
  await using dir = await openDataDir(path, { disk })
  expect(dir.id).toMatch(/^[0-9a-f-]{36}$/)
})

test('a directory with files of something else is refused and not touched', async () => {
  const path = tempDir()
  writeFileSync(join(path, 'thesis.txt'), 'mine')
  const before = statSync(path).mtimeMs
  await expect(openDataDir(path, { disk })).rejects.toMatchObject({
    code: 'DATA_DIR_FOREIGN',
    message: expect.stringContaining(path),
  })
  expect(readdirSync(path)).toEqual(['thesis.txt'])
  expect(statSync(path).mtimeMs).toBe(before)
})

test('what is no directory, does not exist or cannot be written is named', async () => {
  const root = tempDir()
  const file = join(root, 'file')
  writeFileSync(file, '')
  const unusable = (path: string, why: string, mayCreate = true) =>
    expect(openDataDir(path, { disk, mayCreate })).rejects.toMatchObject({
      code: 'DATA_DIR_UNUSABLE',
      message: expect.stringMatching(new RegExp(`${path} ${why}`)),
    })
  await unusable(file, 'is no directory')
  await unusable(join(file, 'below'), 'is no directory')
  await unusable(join(root, 'missing'), 'does not exist', false)
  expect(readdirSync(root)).toEqual(['file'])
  await unusable('/proc/roost', 'cannot be made there')
})

test('a directory without write permission is named', async ({ skip }) => {
  skip(isRoot, 'root may write everywhere')
  const path = join(tempDir(), 'data')
  mkdirSync(path)
  chmodSync(path, 0o500)
  await expect(openDataDir(path, { disk })).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE' })
})

test('a mark of a newer version is refused, a damaged one is repaired, two damaged ones are named', async () => {
  const path = tempDir()
  const { id } = await (async () => {
    await using dir = await openDataDir(path, { disk })
    return dir
  })()
  writeFileSync(join(path, 'roost.json'), '{"form')
  mkdirSync(join(path, 'store'))
  {
    await using dir = await openDataDir(path, { disk })
    expect(dir.id).toBe(id)
  }
  expect(JSON.parse(readFileSync(join(path, 'roost.json'), 'utf8'))).toEqual({ format: 1, id })
  writeFileSync(join(path, 'roost.json'), JSON.stringify({ format: 2, id }))
  await expect(openDataDir(path, { disk })).rejects.toMatchObject({ code: 'FORMAT_NEWER' })
  for (const name of ['roost.json', 'roost.copy.json']) writeFileSync(join(path, name), '')
  await expect(openDataDir(path, { disk })).rejects.toMatchObject({ code: 'DATA_DIR_UNUSABLE', message: /damaged/ })
  expect(readFileSync(join(path, 'roost.json'), 'utf8')).toBe('')
})

test('two hubs never share a directory, not even in one process', async () => {
  const path = tempDir()
  {
    await using _dir = await openDataDir(path, { disk })
    await expect(openDataDir(path, { disk })).rejects.toMatchObject({
      code: 'DATA_DIR_LOCKED',
      message: expect.stringContaining(`pid ${process.pid}`),
    })
    const other = contender(join(path, 'run'), 0)
    await other.exited
    expect(other.words().map(([word]) => word)).toEqual(['DATA_DIR_LOCKED'])
  }
  await using _again = await openDataDir(path, { disk })
})

test('the directory of a hub that was killed is free at once, and so is that of a boot before this one', async () => {
  const path = tempDir()
  await (await openDataDir(path, { disk }))[Symbol.asyncDispose]()
  const hub = contender(join(path, 'run'), 60_000)
  await expect.poll(() => hub.words().length, { timeout: 20_000 }).toBe(1)
  await expect(openDataDir(path, { disk })).rejects.toMatchObject({ code: 'DATA_DIR_LOCKED' })
  hub.child.kill('SIGKILL')
  await hub.exited
  // This process's own pid and start time, of another boot; and a pid that lives now but started at another time.
  const [boot, pid] = ['00000000', '1']
  writeFileSync(join(path, 'run', `lock-${boot}-${process.pid}-1`), 'held\n')
  const thisBoot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8)
  writeFileSync(join(path, 'run', `lock-${thisBoot}-${pid}-999999999999`), 'held\n')
  await using _dir = await openDataDir(path, { disk })
  expect(readdirSync(join(path, 'run'))).toHaveLength(1)
})

test('of many processes that want the lock at once, never two have it at one time', { timeout: 60_000 }, async () => {
  const runDir = join(tempDir(), 'run')
  mkdirSync(runDir)
  writeFileSync(join(runDir, 'lock-00000000-77-1'), 'held\n')
  const contenders = Array.from({ length: 6 }, () => contender(runDir, 30))
  await Promise.all(contenders.map(({ exited }) => exited))
  const words = contenders.map((contender) => contender.words())
  const holds = words
    .filter(([first]) => first![0] === 'held')
    .map(([held, gave]) => ({ fromNs: BigInt(held![1]), toNs: BigInt(gave![1]) }))
    .sort((a, b) => (a.fromNs < b.fromNs ? -1 : 1))
  expect(words.every(([first]) => first![0] === 'held' || first![0] === 'DATA_DIR_LOCKED')).toBe(true)
  expect(holds.length).toBeGreaterThanOrEqual(1)
  for (let i = 1; i < holds.length; i++) expect(holds[i]!.fromNs > holds[i - 1]!.toNs).toBe(true)
  expect(readdirSync(runDir)).toEqual([])
})
