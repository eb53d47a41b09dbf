import { describe, expect, it } from 'vitest'
import { chunksOf, drawnText, inVisualOrder, isPlain, tidy } from './chunks.ts'
import { readPdfFonts } from './fonts.ts'

const fonts = readPdfFonts()
const facesOf = (text: string) =>
  chunksOf(text, fonts)
    .filter(({ isSpace }) => !isSpace)
    .map(({ text: words, face }) => [words, face.name])
const drawn = (text: string) => inVisualOrder(chunksOf(text, fonts)).map(drawnText).join('|')

describe('a text in a PDF (M9)', () => {
  it.each([
    ['달빛'.normalize('NFD'), '달빛', 'syllables in parts'],
    ['x\u202ey\u200b\u00adz\u0007', 'xyz', 'what is not seen'],
    [' a\n\tb\u00a0c\u202fd ', 'a b c d', 'every kind of space'],
    ['e\u0301', 'é', 'accents of their own'],
    ['', '', 'no text'],
  ])('is made of %j as %j: %s', (text, expected) => {
    expect(tidy(text)).toBe(expected)
  })

  it('is plain in Hangul and English, and in no other script', () => {
    expect(isPlain('달빛 나루 “Moonlit” – ₩1,000', fonts)).toBe(true)
    for (const text of ['José', 'Київ', '漢字', 'שלום', '🎪'])
      expect([text, isPlain(text, fonts)]).toEqual([text, false])
  })

  it('uses one face for the whole text where one has all of it, or else one per word', () => {
    expect(facesOf('José Kim')).toEqual([
      ['José', 'latin'],
      ['Kim', 'latin'],
    ])
    expect(facesOf('달빛 José 月光 🎪')).toEqual([
      ['달빛', 'main'],
      ['José', 'latin'],
      ['月光', 'han'],
      ['🎪', 'emoji'],
    ])
    expect(facesOf('👨‍👩‍👧 ❤️')).toEqual([
      ['👨‍👩‍👧', 'emoji'],
      ['❤️', 'emoji'],
    ])
  })

  it('shows a placeholder for a character that no face has', () => {
    expect(facesOf('ꓥ')).toEqual([['□', 'main']])
  })

  it('is drawn from right to left in such scripts, with numbers and other scripts from left to right', () => {
    expect(drawn('שלום')).toBe('שלום')
    expect(drawn('Fest שלום עולם')).toBe('Fest| |עולם| |שלום')
    expect(drawn('שלום 2030 ABC')).toBe('ABC| |2030| |שלום')
    expect(drawn('שלום (אב)')).toBe(')אב(| |שלום')
  })
})
