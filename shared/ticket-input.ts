/** Dashes that input methods and editors put in a hyphen's place: U+2010 to U+2015, minus, and the Japanese long vowel. */
const DASHES = /[\u2010-\u2015\u2212\u30fc]/g
/** The full stop of Japanese and Chinese keyboards. */
const FULL_STOPS = /\u3002/g

/**
 * The text of a ticket as it was printed. Korean and Japanese input methods turn what is typed, also by a hand scanner
 * that poses as a keyboard, into full-width characters; NFKC (Unicode Standard Annex 15) turns them back. The case is
 * kept, because signatures and codes depend on it.
 */
export function plainTicketText(text: string): string {
  return text.normalize('NFKC').replace(DASHES, '-').replace(FULL_STOPS, '.').trim()
}
