// The same samples in what a farm would otherwise install, where it is installed: VictoriaMetrics and InfluxDB over HTTP, SQLite in a
// process of its own. A day of all series for bytes and CPU, a month of one series for the chart.
import { type ChildProcess, execFileSync, fork, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, readdir, stat } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createPoultry, poultrySeries } from '../sim/poultry.ts'

export interface RivalFigures {
  rival: string
  bytesPerSample: number
  appendCpuMicrosPerSample: number
  range30dColdMs: number
  range30dWarmMs: number
  latestAllMs: number
}

export interface RivalOptions {
  root: string
  seriesCount: number
  startMs: number
  say(text: string): void
}

const DAY_MS = 86_400_000
const SAMPLES_PER_DAY = 8_640
const MONTH_DAYS = 30
const STEP_S = 2_592
const RUNS = 7
const START_TIMEOUT_MS = 30_000

/** Figures of each rival that is installed; the others are named on stderr. */
export async function* runRivals(options: RivalOptions): AsyncGenerator<RivalFigures> {
  for (const [binary, run] of [
    ['victoria-metrics', runVictoria],
    ['influxd', runInflux],
  ] as const) {
    if (isInstalled(binary)) {
      options.say(`the same samples in ${binary}`)
      yield await run(options)
    } else options.say(`${binary} is not installed: left out`)
  }
  options.say('the same samples in SQLite')
  yield await runSqlite(options)
}

const isInstalled = (binary: string) => {
  try {
    execFileSync('which', [binary], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

async function freePort(): Promise<number> {
  const { createServer } = await import('node:net')
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function answers(port: number): Promise<void> {
  for (const end = Date.now() + START_TIMEOUT_MS; ; ) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false))
      socket.once('connect', () => socket.end())
    })
    if (isOpen) return
    if (Date.now() > end) throw new Error(`nothing answers at port ${port}`)
    await setTimeout(100)
  }
}

/** CPU time of a process with all its threads, µs. */
function cpuMicros(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

async function bytesIn(dir: string): Promise<number> {
  let sum = 0
  for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) sum += (await stat(join(entry.parentPath, entry.name))).size
  }
  return sum
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  await ended
}

const dropCaches = () => {
  try {
    execFileSync('sh', ['-c', 'sync; echo 3 > /proc/sys/vm/drop_caches'], { stdio: 'ignore' })
  } catch {
    // not root: "cold" is then as warm as the page cache
  }
}

async function timeOf(run: () => Promise<unknown>): Promise<number> {
  const before = performance.now()
  await run()
  return performance.now() - before
}

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1]!

async function timesOf(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < RUNS; i++) times.push(await timeOf(run))
  return median(times)
}

async function post(url: string, body: string): Promise<void> {
  const answer = await fetch(url, { method: 'POST', body })
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`)
}

async function get(url: string): Promise<string> {
  const answer = await fetch(url)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text.slice(0, 200)}`)
  return text
}

async function runVictoria({ root, seriesCount, startMs }: RivalOptions): Promise<RivalFigures> {
  const dir = join(root, 'victoria')
  const port = await freePort()
  const start = async () => {
    const args = [
      `-storageDataPath=${dir}`,
      `-httpListenAddr=127.0.0.1:${port}`,
      '-retentionPeriod=100y',
      '-search.disableCache',
    ]
    const child = spawn('victoria-metrics', args, { stdio: 'ignore' })
    await answers(port)
    return child
  }
  const base = `http://127.0.0.1:${port}`
  const line = (name: string, tMs: Float64Array, value: Float64Array) =>
    `${JSON.stringify({ metric: { __name__: 'v', s: name }, timestamps: Array.from(tMs), values: Array.from(value) })}\n`
  let child = await start()
  const before = cpuMicros(child.pid!)
  for (let i = 0; i < seriesCount; i++) {
    const { tMs, value } = poultrySeries(i, startMs, SAMPLES_PER_DAY)
    await post(`${base}/api/v1/import`, line(`s${i}`, tMs, value))
  }
  await get(`${base}/internal/force_flush`)
  await get(`${base}/internal/force_merge`)
  await setTimeout(5_000)
  const micros = cpuMicros(child.pid!) - before
  await stop(child)
  const bytes = await bytesIn(join(dir, 'data'))
  child = await start()
  const next = createPoultry(0, startMs)
  for (let day = 0; day < MONTH_DAYS; day++) {
    const { tMs, value } = next(SAMPLES_PER_DAY)
    await post(`${base}/api/v1/import`, line('month', tMs, value))
  }
  await get(`${base}/internal/force_flush`)
  const [fromS, toS] = [startMs / 1_000, startMs / 1_000 + MONTH_DAYS * 86_400]
  const chart = `${base}/api/v1/query_range?query=${encodeURIComponent(`rollup(v{s="month"}[${STEP_S}s])`)}&start=${fromS}&end=${toS}&step=${STEP_S}s&nocache=1`
  await stop(child)
  dropCaches()
  child = await start()
  const range30dColdMs = await timeOf(() => get(chart))
  const range30dWarmMs = await timesOf(() => get(chart))
  const at = startMs / 1_000 + 86_400
  const latest = `${base}/api/v1/query?query=${encodeURIComponent('last_over_time(v[1h])')}&time=${at}&nocache=1`
  const latestAllMs = await timesOf(() => get(latest))
  await stop(child)
  const samples = seriesCount * SAMPLES_PER_DAY
  return {
    rival: 'victoria-metrics',
    bytesPerSample: bytes / samples,
    appendCpuMicrosPerSample: micros / samples,
    range30dColdMs,
    range30dWarmMs,
    latestAllMs,
  }
}

async function runInflux({ root, seriesCount, startMs }: RivalOptions): Promise<RivalFigures> {
  const dir = join(root, 'influx')
  await mkdir(dir)
  const [port, rpc] = [await freePort(), await freePort()]
  const start = async () => {
    const env = {
      ...process.env,
      INFLUXDB_REPORTING_DISABLED: 'true',
      INFLUXDB_META_DIR: join(dir, 'meta'),
      INFLUXDB_DATA_DIR: join(dir, 'data'),
      INFLUXDB_DATA_WAL_DIR: join(dir, 'wal'),
      INFLUXDB_HTTP_BIND_ADDRESS: `127.0.0.1:${port}`,
      INFLUXDB_BIND_ADDRESS: `127.0.0.1:${rpc}`,
      INFLUXDB_HTTP_LOG_ENABLED: 'false',
    }
    const child = spawn('influxd', ['run', '-config', '/dev/null'], { env, stdio: 'ignore' })
    await answers(port)
    return child
  }
  const base = `http://127.0.0.1:${port}`
  const query = (q: string) => get(`${base}/query?db=farm&epoch=ms&q=${encodeURIComponent(q)}`)
  const lines = (name: string, tMs: Float64Array, value: Float64Array) =>
    Array.from(tMs, (t, i) => `v,s=${name} v=${value[i]} ${t}`).join('\n')
  let child = await start()
  await post(`${base}/query?q=${encodeURIComponent('CREATE DATABASE farm')}`, '')
  const before = cpuMicros(child.pid!)
  for (let i = 0; i < seriesCount; i++) {
    const { tMs, value } = poultrySeries(i, startMs, SAMPLES_PER_DAY)
    await post(`${base}/write?db=farm&precision=ms`, lines(`s${i}`, tMs, value))
  }
  await setTimeout(15_000)
  const micros = cpuMicros(child.pid!) - before
  await stop(child)
  const bytes = (await bytesIn(join(dir, 'data'))) + (await bytesIn(join(dir, 'wal')))
  child = await start()
  const next = createPoultry(0, startMs)
  for (let day = 0; day < MONTH_DAYS; day++) {
    const { tMs, value } = next(SAMPLES_PER_DAY)
    await post(`${base}/write?db=farm&precision=ms`, lines('month', tMs, value))
  }
  const chart = `SELECT min(v), mean(v), max(v) FROM v WHERE s='month' AND time >= ${startMs}ms AND time < ${startMs + MONTH_DAYS * DAY_MS}ms GROUP BY time(${STEP_S}s)`
  await stop(child)
  dropCaches()
  child = await start()
  const range30dColdMs = await timeOf(() => query(chart))
  const range30dWarmMs = await timesOf(() => query(chart))
  const latestAllMs = await timesOf(() => query('SELECT last(v) FROM v GROUP BY s'))
  await stop(child)
  const samples = seriesCount * SAMPLES_PER_DAY
  return {
    rival: 'influxdb',
    bytesPerSample: bytes / samples,
    appendCpuMicrosPerSample: micros / samples,
    range30dColdMs,
    range30dWarmMs,
    latestAllMs,
  }
}

function runSqlite(options: RivalOptions): Promise<RivalFigures> {
  const { root, seriesCount, startMs } = options
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [root, String(seriesCount), String(startMs)])
    child.once('message', (figures) => resolve(figures as RivalFigures))
    child.once('error', reject)
    child.once('exit', (code) => (code === 0 ? undefined : reject(new Error(`SQLite ended with code ${code}`))))
  })
}

async function sqliteFigures(root: string, seriesCount: number, startMs: number): Promise<RivalFigures> {
  const path = join(root, 'samples.db')
  const open = () => new DatabaseSync(path)
  let db = open()
  db.exec('PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL')
  db.exec(
    'CREATE TABLE samples (series INTEGER, t INTEGER, v REAL, state INTEGER, flags INTEGER, PRIMARY KEY (series, t)) WITHOUT ROWID',
  )
  const all = Array.from({ length: seriesCount }, (_, i) => poultrySeries(i, startMs, SAMPLES_PER_DAY))
  const insert = db.prepare('INSERT OR REPLACE INTO samples VALUES (?, ?, ?, 2, 1)')
  const before = process.cpuUsage()
  for (let from = 0; from < SAMPLES_PER_DAY; from += 6) {
    db.exec('BEGIN')
    for (const [i, { tMs, value }] of all.entries()) {
      for (let row = from; row < from + 6; row++) insert.run(i, tMs[row]!, value[row]!)
    }
    db.exec('COMMIT')
  }
  db.exec('PRAGMA wal_checkpoint(TRUNCATE)')
  const { user, system } = process.cpuUsage(before)
  const bytes = (await stat(path)).size
  const next = createPoultry(0, startMs)
  db.exec('BEGIN')
  for (let day = 0; day < MONTH_DAYS; day++) {
    const { tMs, value } = next(SAMPLES_PER_DAY)
    for (let row = 0; row < tMs.length; row++) insert.run(seriesCount, tMs[row]!, value[row]!)
  }
  db.exec('COMMIT; PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
  dropCaches()
  db = open()
  const chart = db.prepare(
    `SELECT t / ${STEP_S * 1_000} AS step, min(v), avg(v), max(v) FROM samples WHERE series = ? AND t >= ? AND t < ? GROUP BY step`,
  )
  const draw = async () => chart.all(seriesCount, startMs, startMs + MONTH_DAYS * DAY_MS)
  const range30dColdMs = await timeOf(draw)
  const range30dWarmMs = await timesOf(draw)
  const latest = db.prepare('SELECT v FROM samples WHERE series = ? ORDER BY t DESC LIMIT 1')
  const latestAllMs = await timesOf(async () => {
    for (let i = 0; i < seriesCount; i++) latest.get(i)
  })
  const samples = seriesCount * SAMPLES_PER_DAY
  return {
    rival: 'sqlite',
    bytesPerSample: bytes / samples,
    appendCpuMicrosPerSample: (user + system) / samples,
    range30dColdMs,
    range30dWarmMs,
    latestAllMs,
  }
}

if (import.meta.main) {
  const [root, seriesCount, startMs] = process.argv.slice(2)
  process.send!(await sqliteFigures(root!, Number(seriesCount), Number(startMs)))
}
