// Plan: start the hub as a user would, wrongly in every way that users know, and rightly; it says one clear line and damages nothing.
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { run, startHub, temporaryDir } from '../sim/hub-process.ts'

const start = (...args: string[]) => run(process.execPath, ['hub/main.ts', ...args])
const FREE = ['--http', '127.0.0.1:0', '--mqtts', '127.0.0.1:0', '--enrol', '127.0.0.1:0']

function expectOneLine(result: Awaited<ReturnType<typeof run>>, line: RegExp) {
  expect(result.code).not.toBe(0)
  expect(result.code).not.toBeNull()
  expect(result.stderr.trim()).toMatch(line)
  expect(result.stderr.trim()).not.toContain('\n')
  expect(result.stdout).not.toContain('"ready"')
}

test('a wrong option is one clear line and no zero', async () => {
  expectOneLine(await start('--htp', '127.0.0.1:0'), /--htp/)
  expectOneLine(await start('--http', 'nowhere'), /option --http: "nowhere" is not HOST:PORT/)
})

test('a port in use is one clear line that names it', async () => {
  await using dir = await temporaryDir('port')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  for (const option of ['--http', '--mqtts']) {
    const result = await start('--data', join(dir.path, 'data'), ...FREE, option, `127.0.0.1:${port}`)
    expectOneLine(result, new RegExp(`PORT_IN_USE: address 127.0.0.1:${port} is already in use`))
  }
  server.close()
})

test('a foreign data directory is left as it is', async () => {
  await using dir = await temporaryDir('foreign')
  await writeFile(join(dir.path, 'holiday.txt'), 'pictures')
  expectOneLine(await start('--data', dir.path, ...FREE), /DATA_DIR_FOREIGN: .*not empty/)
  expect(await readdir(dir.path)).toEqual(['holiday.txt'])
  expect(await readFile(join(dir.path, 'holiday.txt'), 'utf8')).toBe('pictures')
})

test('a data directory that is a file, or lies where nothing can be made, is one clear line', async () => {
  await using dir = await temporaryDir('unusable')
  await writeFile(join(dir.path, 'file'), '')
  expectOneLine(await start('--data', join(dir.path, 'file'), ...FREE), /DATA_DIR_UNUSABLE/)
  expectOneLine(await start('--data', join(dir.path, 'file', 'below'), ...FREE), /DATA_DIR_UNUSABLE/)
})

test.skipIf(process.getuid?.() === 0)('an unreadable data directory is one clear line', async () => {
  await using dir = await temporaryDir('unreadable')
  await mkdir(join(dir.path, 'data'))
  await chmod(join(dir.path, 'data'), 0)
  expectOneLine(await start('--data', join(dir.path, 'data'), ...FREE), /DATA_DIR_UNUSABLE/)
})

test('two hubs never share a data directory, and a stopped one leaves it free', async () => {
  await using dir = await temporaryDir('locked')
  const dataDir = join(dir.path, 'data')
  const hub = await startHub({ dataDir })
  expectOneLine(await start('--data', dataDir, ...FREE), /DATA_DIR_LOCKED/)
  expect(hub.log.find(({ event }) => event === 'no-accounts')?.note).toMatch(/this machine only/)
  expect(await hub.stop()).toBe(0)
  const again = await startHub({ dataDir })
  expect(await again.stop()).toBe(0)
})

test('a hub that was killed leaves its directory to the next', async () => {
  await using dir = await temporaryDir('killed')
  const hub = await startHub({ dataDir: join(dir.path, 'data') })
  await hub.kill()
  const next = await startHub({ dataDir: join(dir.path, 'data') })
  expect(await next.stop()).toBe(0)
})

test('the environment does what the options do', async () => {
  await using dir = await temporaryDir('env')
  const before = { ...process.env }
  Object.assign(process.env, { ROOST_DATA: join(dir.path, 'data'), ROOST_HTTP: 'nowhere' })
  try {
    expectOneLine(await start(), /environment variable ROOST_HTTP: "nowhere" is not HOST:PORT/)
  } finally {
    process.env = before
  }
})
