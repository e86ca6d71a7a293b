// Plan: a store on a simulated disk with a month of two sensors, and the real routes; the files are read by readers of their own.
import { crc32, inflateRawSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { createSimClock, SIM_START_MS } from '../../test/sim/clock.ts'
import { createSimDisk } from '../../test/sim/disk.ts'
import type { ToldEvent } from '../alarms/message.ts'
import { createLog } from '../core/log.ts'
import { createSampleBlock } from '../core/sample.ts'
import { openNotes } from '../notes/notes.ts'
import { openStore } from '../store/open.ts'
import { type ExportSources, exportRoutes } from './export.ts'
import { columnName, xlsxStream } from './export-xlsx.ts'
import { problemOf } from './problem.ts'
import { createSeriesIndex } from './series-index.ts'

const DAY_MS = 86_400_000
const DAYS = 30
const FROM_MS = SIM_START_MS
const TO_MS = SIM_START_MS + DAYS * DAY_MS

async function openHouse() {
  const clock = createSimClock()
  const log = createLog(
    () => {},
    () => 0,
  )
  const store = await openStore({ dir: '/s', disk: createSimDisk(), clock, log, logLimits: { samplesMax: 50_000 } })
  const block = createSampleBlock(1_440)
  block.flags.fill(1)
  block.state.fill(2)
  block.count = 1_440
  for (let day = 0; day < DAYS; day++) {
    // The second sensor was silent on the tenth day.
    for (const sensor of day === 10 ? ['temp'] : ['temp', 'rh']) {
      for (let i = 0; i < 1_440; i++) {
        block.tMs[i] = SIM_START_MS + day * DAY_MS + i * 60_000
        block.value[i] = (sensor === 'rh' ? 60 : 20) + (i % 10) / 10
      }
      store.appendSamples(store.series('rn-000000000001', sensor, sensor === 'rh' ? '%RH' : 'Cel'), block)
    }
    await new Promise((resolve) => store.commit(resolve))
    await clock.advanceAsync(60_000, 60_000)
  }
  await clock.advanceAsync(DAYS * DAY_MS, DAY_MS)
  const notes = await openNotes({ dir: '/n', disk: createSimDisk(), clock, log })
  await notes.add({ house: 'home/h1', tMs: FROM_MS + DAY_MS, text: '=fan 3 <repaired> & "well"\u0007' }, 'Ada')
  const raised = {
    tMs: FROM_MS + DAY_MS,
    event: 'raised',
    house: 'home/h1',
    name: 'High temperature',
    severity: 'critical',
  }
  const sources: ExportSources = {
    clock,
    store,
    series: createSeriesIndex(store),
    registry: {
      list: () => [{ uid: 'rn-000000000001', place: { site: 'home', house: 'h1', node: 'north' } }],
    },
    notes,
    watch: {
      flocks: { timeZone: () => 'Europe/Berlin', list: () => [] },
      history: async () => [raised, { ...raised, house: 'home/h2' }] as ToldEvent[],
    },
  }
  const routes = exportRoutes(sources)
  routes.onError((error, c) => problemOf(c, error))
  return { routes, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() }
}

/** The files of a ZIP archive by its directory, each held against its checksum and its own header. */
function unzip(bytes: Buffer): Map<string, string> {
  const end = bytes.length - 22
  expect(bytes.readUInt32LE(end)).toBe(0x06054b50)
  const files = new Map<string, string>()
  let at = bytes.readUInt32LE(end + 16)
  for (let i = 0; i < bytes.readUInt16LE(end + 10); i++) {
    expect(bytes.readUInt32LE(at)).toBe(0x02014b50)
    const [crc, packed, size] = [16, 20, 24].map((offset) => bytes.readUInt32LE(at + offset)) as [
      number,
      number,
      number,
    ]
    const nameLength = bytes.readUInt16LE(at + 28)
    const local = bytes.readUInt32LE(at + 42)
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    expect(bytes.readUInt32LE(local)).toBe(0x04034b50)
    expect(bytes.toString('utf8', local + 30, local + 30 + nameLength)).toBe(name)
    const data = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
    const content = inflateRawSync(bytes.subarray(data, data + packed))
    expect([content.length, crc32(content)], name).toEqual([size, crc])
    expect(bytes.readUInt32LE(data + packed), name).toBe(0x08074b50)
    files.set(name, content.toString('utf8'))
    at += 46 + nameLength
  }
  expect(at).toBe(end)
  return files
}

/** Every element of an XML text is closed, in order; nothing is left outside tags that must be escaped. */
function checkXml(xml: string) {
  const open: string[] = []
  for (const [, text, close, name, self] of xml
    .replace(/^<\?xml[^>]*\?>\n/, '')
    .matchAll(/([^<]*)<(\/?)([\w:]+)(?:\s+[\w:]+="[^"<]*")*\s*(\/?)>/g)) {
    expect(text!.replace(/&(amp|lt|gt|quot);/g, '')).not.toMatch(/[&>]/)
    if (close) expect(open.pop()).toBe(name)
    else if (!self) open.push(name!)
  }
  expect(open).toEqual([])
}

const query = `from=${FROM_MS}&to=${TO_MS}`

test('a month of a house is a workbook: its parts refer to each other, its cells are what was measured', async () => {
  await using house = await openHouse()
  const startedMs = performance.now()
  const answer = await house.routes.request(`/home/h1/values?${query}&format=xlsx`)
  expect(answer.headers.get('content-disposition')).toContain('home-h1-2026-03-01-2026-03-31.xlsx')
  const bytes = Buffer.from(await answer.arrayBuffer())
  process.stdout.write(
    `xlsx of ${DAYS} days: ${bytes.length} bytes in ${Math.round(performance.now() - startedMs)} ms\n`,
  )
  const files = unzip(bytes)
  for (const xml of files.values()) checkXml(xml)
  const types = files.get('[Content_Types].xml')!
  for (const name of files.keys()) {
    if (name.endsWith('.rels') || name.startsWith('[')) continue
    expect(types, name).toContain(`PartName="/${name}"`)
  }
  const sheets = [...files.get('xl/workbook.xml')!.matchAll(/<sheet name="([^"]+)" sheetId="\d+" r:id="([^"]+)"/g)]
  expect(sheets.map(([, name]) => name)).toEqual(['Values', 'Alarms', 'Notes', 'Losses'])
  const relations = files.get('xl/_rels/workbook.xml.rels')!
  for (const [, , id] of sheets) {
    const target = new RegExp(`Id="${id}" Type="[^"]+/worksheet" Target="([^"]+)"`).exec(relations)![1]
    expect(files.has(`xl/${target}`)).toBe(true)
  }
  const values = files.get('xl/worksheets/sheet1.xml')!
  expect(values.match(/<row /g)).toHaveLength(1 + DAYS * 144)
  // 2026-03-01 06:00 UTC is 07:00 in Berlin: day 46082 of a spreadsheet.
  const row = /<row r="2">.*?<\/row>/.exec(values)![0]
  expect(row).toContain('<c r="A2" s="2"><v>46082.29166666667</v></c><c r="B2" s="2"><v>46082.25</v></c>')
  expect([...row.matchAll(/<c r="[C-H]2"><v>([^<]+)</g)].map(([, value]) => Number(value))).toEqual([
    20, 20.45, 20.9, 60, 60.45, 60.9,
  ])
  // What was not measured is an empty cell.
  expect(/<row r="1500">.*?<\/row>/.exec(values)![0].match(/<c /g)).toHaveLength(5)
  expect(files.get('xl/worksheets/sheet3.xml')).toContain('=fan 3 &lt;repaired&gt; &amp; &quot;well&quot;\ufffd')
  expect(files.get('xl/worksheets/sheet2.xml')!.match(/High temperature/g)).toHaveLength(1)
})

test('the same as CSV, with the separators of the reader’s language', async () => {
  await using house = await openHouse()
  const text = await (await house.routes.request(`/home/h1/values?${query}&locale=de-u-hc-h23&step=60`)).text()
  const lines = text.trimEnd().split('\r\n')
  expect(lines).toHaveLength(1 + DAYS * 24)
  expect(lines[0]).toMatch(/^Zeit \(Europe\/Berlin\);Zeit \(UTC\);north temp niedrigster \(°C\);/)
  expect(lines[1]).toBe('2026-03-01 07:00;2026-03-01 06:00;20;20,45;20,9;60;60,45;60,9')
  expect(text.lastIndexOf('\ufeff')).toBeLessThanOrEqual(0)
})

test('what cannot be made is said, and a file that is given up makes room for another', async () => {
  await using house = await openHouse()
  const status = async (path: string) => (await house.routes.request(path)).status
  expect(await status(`/home/h9/values?${query}`)).toBe(404)
  expect(await status(`/home/h1/values?from=2&to=1`)).toBe(400)
  expect(await status(`/home/h1/values?${query}&step=7`)).toBe(400)
  expect(await status(`/home/h1/values?from=0&to=${SIM_START_MS}`)).toBe(400)
  const first = await house.routes.request(`/home/h1/values?${query}`)
  const second = await house.routes.request(`/home/h1/values?${query}`)
  expect([first.status, second.status]).toEqual([200, 200])
  expect(await status(`/home/h1/values?${query}`)).toBe(429)
  await first.body!.cancel()
  expect(await status(`/home/h1/values?${query}`)).toBe(200)
})

test('columns are named as spreadsheets do, and an empty workbook is one', async () => {
  expect([0, 25, 26, 51, 52, 701, 702, 16_383].map(columnName)).toEqual([
    'A',
    'Z',
    'AA',
    'AZ',
    'BA',
    'ZZ',
    'AAA',
    'XFD',
  ])
  const pieces: Uint8Array[] = []
  for await (const piece of xlsxStream([{ name: 'Nothing', head: [], rows: [] }])) pieces.push(piece)
  expect(unzip(Buffer.concat(pieces)).get('xl/worksheets/sheet1.xml')).toContain('<sheetData>')
})
