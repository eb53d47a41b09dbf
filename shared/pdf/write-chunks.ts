import { graphemes } from '../text.ts'
import { type Chunk, drawnText, inVisualOrder } from './chunks.ts'
import type { PdfFace } from './fonts.ts'

type Document = PDFKit.PDFDocument
type Measured = Chunk & { width: number }

export type Style = {
  weight: 'regular' | 'bold'
  size: number
  x: number
  width: number
  /** Longer texts end in an ellipsis. */
  linesMax: number
  color: string
}

/** A chunk is shaped as a whole; without features pdfkit shapes word by word, in the order of reading. */
const SHAPED = { features: [], lineBreak: false }
/** In multiples of the font size; letters of some scripts extend higher and lower than Hangul. */
const LINE_HEIGHT = 1.25
const DESCENT = 0.4
const ELLIPSIS = '…'

/** Writes chunks on lines, each in its face and all on one base line, and returns where the next text goes. */
export function writeChunks(doc: Document, chunks: readonly Chunk[], y: number, style: Style): number {
  let next = y
  for (const line of linesOf(doc, chunks, style)) {
    const ascent = Math.max(0, ...line.map(({ face }) => face.ascent))
    drawLine(doc, line, next + ascent * style.size, style)
    next += Math.max(LINE_HEIGHT, ascent + DESCENT) * style.size
  }
  return next
}

function linesOf(doc: Document, chunks: readonly Chunk[], style: Style): Measured[][] {
  const lines: Measured[][] = [[]]
  for (const word of wordsOf(doc, chunks, style)) {
    const line = lines.at(-1) ?? []
    const isSpace = word[0]?.isSpace === true
    if (line.length === 0 && isSpace) continue
    if (widthOf(line) + widthOf(word) <= style.width) {
      line.push(...word)
    } else if (lines.length === style.linesMax) {
      lines[lines.length - 1] = shortened(doc, line, style)
      return lines
    } else if (!isSpace) {
      lines.push([...word])
    }
  }
  return lines
}

/** The unbreakable parts of a line: words, spaces, and parts of words that are longer than a line. */
function wordsOf(doc: Document, chunks: readonly Chunk[], style: Style): Measured[][] {
  const words: Measured[][] = []
  for (const chunk of chunks) {
    const measured = measure(doc, chunk, style)
    const last = words.at(-1)
    const isNext = last !== undefined && !chunk.isSpace && last[0]?.isSpace === false
    if (isNext && widthOf(last) + measured.width <= style.width) last.push(measured)
    else if (measured.width <= style.width) words.push([measured])
    else words.push(...partsOf(doc, chunk, style).map((part) => [part]))
  }
  return words
}

function partsOf(doc: Document, chunk: Chunk, style: Style): Measured[] {
  const parts: Measured[] = []
  for (const { segment } of graphemes.segment(chunk.text)) {
    const last = parts.at(-1)
    const longer = measure(doc, { ...chunk, text: (last?.text ?? '') + segment }, style)
    if (last !== undefined && longer.width <= style.width) parts[parts.length - 1] = longer
    else parts.push(measure(doc, { ...chunk, text: segment }, style))
  }
  return parts
}

/** A line that is not the last one of its text. */
function shortened(doc: Document, line: readonly Measured[], style: Style): Measured[] {
  const stored = [...line]
  const [first] = stored
  if (first === undefined) return stored
  const end = measure(doc, { ...first, text: ELLIPSIS, isSpace: false }, style)
  for (
    let last = stored.at(-1);
    last !== undefined && widthOf(stored) + end.width > style.width;
    last = stored.at(-1)
  ) {
    const text = [...graphemes.segment(last.text)].map(({ segment }) => segment)
    stored.pop()
    if (text.length > 1) stored.push(measure(doc, { ...last, text: text.slice(0, -1).join('') }, style))
  }
  return [...stored, end]
}

function drawLine(doc: Document, line: readonly Measured[], baseLine: number, style: Style): void {
  let x = style.x
  for (const chunk of inVisualOrder(line)) {
    useFace(doc, chunk.face, style)
    doc.fillColor(style.color).text(drawnText(chunk), x, baseLine, { ...SHAPED, baseline: 'alphabetic' })
    x += chunk.width
  }
}

function measure(doc: Document, chunk: Chunk, style: Style): Measured {
  useFace(doc, chunk.face, style)
  return { ...chunk, width: doc.widthOfString(drawnText(chunk), SHAPED) }
}

/** A face is embedded, reduced to the glyphs used, once a text is written in it. */
function useFace(doc: Document, face: PdfFace, { weight, size }: Style): void {
  doc.registerFont(`${face.name}-${weight}`, face[weight])
  doc.font(`${face.name}-${weight}`).fontSize(size)
}

function widthOf(chunks: readonly Measured[]): number {
  return chunks.reduce((sum, { width }) => sum + width, 0)
}
