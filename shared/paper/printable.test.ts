import { describe, expect, it } from 'vitest'
import { readPaperFonts } from './fonts.ts'
import { printable } from './printable.ts'

const { has } = readPaperFonts()

describe('what can be printed', () => {
  it.each([
    ['달빛 나루 “Moonlit” № 3 – ₩1,000', '달빛 나루 “Moonlit” No 3 – ₩1,000', 'Korean and English'],
    ['달빛'.normalize('NFD'), '달빛', 'syllables in parts'],
    ['Café Ångström ﬁn', 'Cafe Angstrom fin', 'accents and forms that the font lacks'],
    ['a\u0301b', 'ab', 'accents of their own'],
    ['👨‍👩‍👧‍👦 🇰🇷 ❤️', '□ □ □', 'emoji, each as one'],
    ['漢字', '□□', 'letters that the font lacks'],
    ['שלום', '□□□□', 'Hebrew'],
    ['x\u202ey\u200b\u00adz\u0007', 'xyz', 'what is not seen'],
    [' a\n\tb\u00a0c\u202fd ', 'a b c d', 'every kind of space'],
    ['\u200d', '', 'nothing'],
    ['', '', 'no text'],
  ])('is made of %j as %j: %s', (text, expected) => {
    expect(printable(text, has)).toBe(expected)
  })

  it('is all that the fonts have a shape for, and nothing else', () => {
    for (const character of '가힣ㄱAz0…□₩€')
      expect([character, has(character.codePointAt(0) ?? 0)]).toEqual([character, true])
    for (const character of ['é', '漢', '\u0000', '\uffff', '🎪']) {
      expect([character, has(character.codePointAt(0) ?? 0)]).toEqual([character, false])
    }
  })
})
