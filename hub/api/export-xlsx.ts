// A workbook for spreadsheets (ECMA-376, Office Open XML) as a stream: the fewest parts that every program takes.
import { type ZipFile, zipStream } from './export-zip.ts'

/** A `Date` is shown as a wall time: its UTC fields are what the cell says. */
export type SheetCell = string | number | Date | null

export interface Sheet {
  /** At most 31 characters, none of `[]:*?/\`. */
  name: string
  /** The first row, bold; it stays in view. */
  head: readonly string[]
  /** Rows in pieces, so that a long sheet is never in memory. */
  rows: AsyncIterable<readonly (readonly SheetCell[])[]> | Iterable<readonly (readonly SheetCell[])[]>
}

/** Excel's own bounds. */
export const SHEET_ROWS_MAX = 1_048_576
export const SHEET_COLUMNS_MAX = 16_384

const XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
const MAIN = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
const OFFICE = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
const PACKAGE = 'http://schemas.openxmlformats.org/package/2006'
const TYPE = 'application/vnd.openxmlformats-officedocument.spreadsheetml'
/** Days from 1899-12-30, the day 0 of a spreadsheet, to 1970-01-01. */
const EPOCH_DAYS = 25_569
const DAY_MS = 86_400_000
const STYLE = { head: 1, time: 2 }
const WIDTH_MAX = 40

/** Characters that XML 1.0 does not allow, and the rest of their kind. */
const FORBIDDEN = /(?![\t\n\r])\p{Cc}|[\ufffe\uffff]/gu
const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
const escaped = (text: string) =>
  text
    .toWellFormed()
    .replace(FORBIDDEN, '\ufffd')
    .replace(/[&<>"]/g, (found) => ESCAPES[found]!)

/** `A`, `Z`, `AA` of a column from 0. */
export function columnName(column: number): string {
  let name = ''
  for (let rest = column + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) {
    name = String.fromCharCode(65 + ((rest - 1) % 26)) + name
  }
  return name
}

const textCell = (at: string, text: string, style = 0) =>
  `<c r="${at}"${style ? ` s="${style}"` : ''} t="inlineStr"><is><t xml:space="preserve">${escaped(text)}</t></is></c>`

function cellXml(at: string, cell: SheetCell): string {
  if (cell === null) return ''
  if (typeof cell === 'string') return textCell(at, cell)
  if (typeof cell === 'number') return Number.isFinite(cell) ? `<c r="${at}"><v>${cell}</v></c>` : ''
  return `<c r="${at}" s="${STYLE.time}"><v>${EPOCH_DAYS + cell.getTime() / DAY_MS}</v></c>`
}

async function* sheetXml({ head, rows }: Sheet): AsyncGenerator<string> {
  const names = head.map((_, column) => columnName(column))
  const widths = head.map(
    (title, column) =>
      `<col min="${column + 1}" max="${column + 1}" width="${Math.min(WIDTH_MAX, Math.max(17, title.length + 2))}" customWidth="1"/>`,
  )
  yield `${XML}<worksheet xmlns="${MAIN}"><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols>${widths.join('')}</cols><sheetData><row r="1">${head.map((title, column) => textCell(`${names[column]}1`, title, STYLE.head)).join('')}</row>`
  let number = 1
  for await (const piece of rows) {
    let xml = ''
    for (const row of piece) {
      if (++number > SHEET_ROWS_MAX) throw new RangeError(`a sheet has ${SHEET_ROWS_MAX} rows at most`)
      xml += `<row r="${number}">`
      for (const [column, cell] of row.entries()) xml += cellXml(`${names[column]}${number}`, cell)
      xml += '</row>'
    }
    yield xml
  }
  yield '</sheetData></worksheet>'
}

const STYLES = `${XML}<styleSheet xmlns="${MAIN}"><numFmts count="1"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs><cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/><xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/><xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>`

/** The bytes of an .xlsx file. Throws what the sheets' rows throw, and a RangeError beyond a spreadsheet's bounds. */
export function xlsxStream(sheets: readonly Sheet[]): AsyncGenerator<Uint8Array> {
  const overrides = sheets.map(
    (_, i) => `<Override PartName="/xl/worksheets/sheet${i + 1}.xml" ContentType="${TYPE}.worksheet+xml"/>`,
  )
  const entries = sheets.map(({ name }, i) => `<sheet name="${escaped(name)}" sheetId="${i + 1}" r:id="rId${i + 1}"/>`)
  const relations = sheets.map(
    (_, i) => `<Relationship Id="rId${i + 1}" Type="${OFFICE}/worksheet" Target="worksheets/sheet${i + 1}.xml"/>`,
  )
  const files: ZipFile[] = [
    {
      path: '[Content_Types].xml',
      content: [
        `${XML}<Types xmlns="${PACKAGE}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="${TYPE}.sheet.main+xml"/><Override PartName="/xl/styles.xml" ContentType="${TYPE}.styles+xml"/>${overrides.join('')}</Types>`,
      ],
    },
    {
      path: '_rels/.rels',
      content: [
        `${XML}<Relationships xmlns="${PACKAGE}/relationships"><Relationship Id="rId1" Type="${OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
      ],
    },
    {
      path: 'xl/workbook.xml',
      content: [`${XML}<workbook xmlns="${MAIN}" xmlns:r="${OFFICE}"><sheets>${entries.join('')}</sheets></workbook>`],
    },
    {
      path: 'xl/_rels/workbook.xml.rels',
      content: [
        `${XML}<Relationships xmlns="${PACKAGE}/relationships">${relations.join('')}<Relationship Id="rId${sheets.length + 1}" Type="${OFFICE}/styles" Target="styles.xml"/></Relationships>`,
      ],
    },
    { path: 'xl/styles.xml', content: [STYLES] },
    ...sheets.map((sheet, i) => ({ path: `xl/worksheets/sheet${i + 1}.xml`, content: sheetXml(sheet) })),
  ]
  return zipStream(files)
}
