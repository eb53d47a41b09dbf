import { encode } from 'uqr'
import { chunksOf, isPlain, tidy } from './chunks.ts'
import type { PdfFonts } from './fonts.ts'
import { writeChunks } from './write-chunks.ts'

type Document = PDFKit.PDFDocument
type Section = PDFKit.PDFStructureElement

/** A ticket in words, whatever letters they are written in. */
export type PdfTicket = {
  page: string
  festival: string
  place: string
  dates: string
  /** What is told beside the code: names and values. */
  facts: readonly (readonly [name: string, value: string])[]
  /** What the code says, and how it is called for those who do not see it. */
  qr: { text: string; called: string }
  typed: { name: string; value: string }
  gate: string
  order: string
}

const MM = 72 / 25.4
const MARGIN = 20 * MM
const WIDTH = 170 * MM
/** With the four modules around the code that a scanner wants empty (ISO/IEC 18004, section 9.1). */
const CODE_WIDTH = 70 * MM
const GAP = 8 * MM
const INK = '#000000'
const SOFT = '#555555'

type Words = {
  font?: 'regular' | 'bold'
  size: number
  x?: number
  width?: number
  /** Longer texts end in an ellipsis. */
  linesMax: number
  color?: string
  /** What it is to those who do not see it. */
  kind?: 'H1' | 'P'
}

/** Draws a ticket on a page of its own. Texts of any length keep within their lines, so that all of it fits. */
export function drawTicket(doc: Document, ticket: PdfTicket, document: Section, fonts: PdfFonts): void {
  doc.addPage()
  const section = doc.struct('Sect')
  document.add(section)

  /** Writes a text and tells where the next one goes. */
  function write(given: string, y: number, words: Words): number {
    const text = tidy(given)
    const { font = 'regular', size, x = MARGIN, width = WIDTH, linesMax, color = INK, kind = 'P' } = words
    if (text === '') return y
    if (!isPlain(text, fonts)) {
      const style = { weight: font, size, x, width, linesMax, color }
      let next = y
      // Who hears or copies it gets it in the order in which it is read.
      const drawn = doc.struct(kind, { actual: text }, () => {
        next = writeChunks(doc, chunksOf(text, fonts), y, style)
      })
      section.add(drawn)
      return next
    }
    doc.font(`main-${font}`).fontSize(size).fillColor(color)
    const height = doc.currentLineHeight(true) * linesMax + 1
    doc.text(text, x, y, { width, height, ellipsis: true, structParent: section, structType: kind })
    return doc.y
  }

  let y = write(ticket.page, MARGIN, { size: 10, linesMax: 1, color: SOFT })
  y = write(ticket.festival, y + 10, { font: 'bold', size: 24, linesMax: 3, kind: 'H1' })
  y = write(ticket.place, y + 8, { size: 13, linesMax: 2 })
  y = write(ticket.dates, y + 4, { size: 13, linesMax: 2 })
  y = drawRule(doc, y + GAP / 2) + GAP / 2

  section.add(doc.struct('Figure', { alt: ticket.qr.called }, () => drawCode(doc, ticket.qr.text, MARGIN, y)))
  const beside = { x: MARGIN + CODE_WIDTH + GAP, width: WIDTH - CODE_WIDTH - GAP }
  let factY = y
  for (const [name, value] of ticket.facts) {
    factY = write(name, factY, { ...beside, size: 9, linesMax: 1, color: SOFT })
    factY = write(value, factY + 2, { ...beside, font: 'bold', size: 14, linesMax: 3 }) + 10
  }
  y = Math.max(y + CODE_WIDTH, factY) + GAP / 2
  y = write(ticket.typed.name, y, { size: 9, linesMax: 1, color: SOFT })
  y = write(ticket.typed.value, y + 2, { font: 'bold', size: 18, linesMax: 2 })
  y = drawRule(doc, y + GAP / 2) + GAP / 2
  y = write(ticket.gate, y, { size: 11, linesMax: 3 })
  write(ticket.order, y + 8, { size: 9, linesMax: 1, color: SOFT })
  section.end()
}

function drawRule(doc: Document, y: number): number {
  doc.markContent('Artifact', { type: 'Layout' })
  doc
    .moveTo(MARGIN, y)
    .lineTo(MARGIN + WIDTH, y)
    .lineWidth(0.5)
    .stroke(SOFT)
  doc.endMarkedContent()
  return y
}

/** Draws a QR code as one shape: what is dark in a row and touches is one rectangle, so that no hairlines part it. */
function drawCode(doc: Document, text: string, x: number, y: number): void {
  // Paper is folded and gets wet: 15 % of it may be lost.
  const { size, data } = encode(text, { ecc: 'M', border: 4 })
  const module = CODE_WIDTH / size
  for (const [row, modules] of data.entries()) {
    for (let from = modules.indexOf(true); from !== -1; ) {
      const light = modules.indexOf(false, from)
      const to = light === -1 ? size : light
      doc.rect(x + from * module, y + row * module, (to - from) * module, module)
      from = modules.indexOf(true, to)
    }
  }
  doc.fill(INK)
}
