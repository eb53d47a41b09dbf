/** What stands where a character cannot be printed, so that it is seen that there was one. */
const UNKNOWN = '□'
/** What is not seen: joiners, marks of direction, variants of emoji, soft hyphens, control characters. */
const UNSEEN = /[\p{Cf}\p{Cc}\p{Variation_Selector}]/gu
const letters = new Intl.Segmenter('ko', { granularity: 'grapheme' })

/**
 * A text in characters that a font has. What it lacks is printed without its accents (é as e), else as a box: one for
 * everything that people see as one letter.
 */
export function printable(text: string, has: (codePoint: number) => boolean): string {
  const hasAll = (part: string) => [...part].every((character) => has(character.codePointAt(0) ?? 0))
  const printed = [...letters.segment(text.normalize('NFC').replace(/\s+/gu, ' '))].map(({ segment }) => {
    const seen = segment.replace(UNSEEN, '')
    if (hasAll(seen)) return seen
    const plain = seen.normalize('NFKD').replace(/\p{M}/gu, '')
    return plain !== '' && hasAll(plain) ? plain : UNKNOWN
  })
  return printed.join('').trim()
}
