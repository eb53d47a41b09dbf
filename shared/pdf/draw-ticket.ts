import { encode } from 'uqr'
import { chunksOf, isPlain, tidy } from './chunks.ts'
import type { PdfFonts } from './fonts.ts'
import { writeChunks } from './write-chunks.ts'

type Document = PDFKit.PDFDocument
type Section = PDFKit.PDFStructureElement

/** The texts of a ticket, in any script. */
export type PdfTicket = {
  page: string
  festival: string
  place: string
  dates: string
  /** The details printed next to the code: names and values. */
  facts: readonly (readonly [name: string, value: string])[]
  /** The code's content, and its description for screen readers. */
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
  /** Alternative text for screen readers. */
  kind?: 'H1' | 'P'
}

/** Draws a ticket on a separate page. Texts of any length are cut to their lines, so that the ticket always fits. */
export function drawTicket(doc: Document, ticket: PdfTicket, document: Section, fonts: PdfFonts): void {
  doc.addPage()
  const section = doc.struct('Sect')
  document.add(section)

  /** Writes a text and returns where the next one goes. */
  function write(given: string, y: number, words: Words): number {
    const text = tidy(given)
    const { font = 'regular', size, x = MARGIN, width = WIDTH, linesMax, color = INK, kind = 'P' } = words
    if (text === '') return y
    if (!isPlain(text, fonts)) {
      const style = { weight: font, size, x, width, linesMax, color }
      let next = y
      // Screen readers and copied text get it in logical order.
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

/**
 * Draws a QR code as one path: adjacent dark modules in a row form one rectangle, so that no hairlines appear between
 * them.
 */
function drawCode(doc: Document, text: string, x: number, y: number): void {
  // Paper is folded and gets wet: 15 % of the code may be lost.
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
