import bidiFactory from 'bidi-js/dist/bidi.mjs'
import { graphemes } from '../text.ts'
import type { PdfFace, PdfFonts } from './fonts.ts'

/** A run of text that is drawn as a unit: in one face, in one direction, and without a space inside. */
export type Chunk = {
  text: string
  face: PdfFace
  /** How deep it is embedded (UAX 9): odd levels are read from right to left. */
  level: number
  isSpace: boolean
}

/** Placeholder for a character that no face has, so that its absence is visible. */
const UNKNOWN = '□'
/**
 * Invisible characters: direction marks, soft hyphens, control characters. Joiners are not included: they shape their
 * neighbours.
 */
const UNSEEN = /[\p{Cc}\u00ad\u200b\u200e\u200f\u061c\u202a-\u202e\u2060-\u2069\ufeff]/gu
const JOINERS = /\u200c|\u200d|\p{Variation_Selector}/gu
const RIGHT_TO_LEFT = /[\p{Script=Arabic}\p{Script=Hebrew}]/u
const bidi = bidiFactory()

/** A text as it is printed: in composed letters, without invisible characters, on one line. */
export function tidy(text: string): string {
  return text.normalize('NFC').replace(/\s+/gu, ' ').replace(UNSEEN, '').trim()
}

/** Whether the main face alone can print a tidy text, from left to right; true for nearly all texts. */
export function isPlain(text: string, { main }: PdfFonts): boolean {
  return hasAll(main, text)
}

/** The chunks of a tidy text in the order in which they are read. */
export function chunksOf(text: string, fonts: PdfFonts): Chunk[] {
  const faces = [fonts.main, ...fonts.othersFor(text)]
  const embedding = bidi.getEmbeddingLevels(text, 'auto')
  const mirrored = bidi.getMirroredCharactersMap(text, embedding.levels)
  const chunks: Chunk[] = []
  const whole = faces.find((each) => hasAll(each, text))
  let at = 0
  for (const word of text.split(/( )/)) {
    // One face for the whole text, or else for a whole word, where possible.
    const face = whole ?? faces.find((each) => hasAll(each, word))
    for (const { segment, index } of graphemes.segment(word)) {
      const level = embedding.levels[at + index] ?? 0
      const shown = mirrored.get(at + index) ?? segment
      const chunk = chunkOf(shown, face ?? faces.find((each) => hasAll(each, shown)), fonts)
      append(chunks, { ...chunk, level, isSpace: word === ' ' })
    }
    at += word.length
  }
  return chunks
}

/** Chunks of one line in the order in which they are drawn, from left to right (UAX 9, rule L2). */
export function inVisualOrder<T extends Pick<Chunk, 'level'>>(line: readonly T[]): T[] {
  const ordered = [...line]
  const deepest = Math.max(0, ...line.map(({ level }) => level))
  for (let level = deepest; level > 0; level -= 1) {
    for (let from = 0; from < ordered.length; from += 1) {
      let to = from
      while ((ordered[to]?.level ?? -1) >= level) to += 1
      ordered.splice(from, to - from, ...ordered.slice(from, to).toReversed())
      from = to
    }
  }
  return ordered
}

/** A chunk as passed to the font, which itself reverses the letters of right-to-left scripts. */
export function drawnText({ text, level }: Pick<Chunk, 'text' | 'level'>): string {
  if (level % 2 === 0 || RIGHT_TO_LEFT.test(text)) return text
  return [...graphemes.segment(text)]
    .map(({ segment }) => segment)
    .toReversed()
    .join('')
}

function chunkOf(text: string, face: PdfFace | undefined, { main }: PdfFonts): Pick<Chunk, 'text' | 'face'> {
  return face === undefined ? { text: UNKNOWN, face: main } : { text, face }
}

/** Connected letters are shaped together, so that Arabic is joined. */
function append(chunks: Chunk[], chunk: Chunk): void {
  const last = chunks.at(-1)
  const isNext = last?.face === chunk.face && last.level === chunk.level && !last.isSpace && !chunk.isSpace
  if (isNext) last.text += chunk.text
  else chunks.push(chunk)
}

function hasAll({ has }: PdfFace, text: string): boolean {
  return [...text.replace(JOINERS, '')].every((character) => has(character.codePointAt(0) ?? 0))
}
