/** Dashes that input methods and editors put in a hyphen's place: U+2010 to U+2015, minus, and the Japanese long vowel. */
const DASHES = /[\u2010-\u2015\u2212\u30fc]/g
const HANGUL = /\p{Script=Hangul}/u
/** The full stop of Japanese and Chinese keyboards. */
const FULL_STOPS = /\u3002/g

/**
 * The text of a ticket as it was printed. Korean and Japanese input methods convert typed text, also from a hand
 * scanner that acts as a keyboard, into full-width characters; NFKC (Unicode Standard Annex 15) reverses that. The case
 * is preserved, because signatures and codes depend on it; but where Caps Lock has swapped the case of a signed text,
 * which its prefix shows, it is swapped back.
 */
export function plainTicketText(text: string): string {
  const plain = text.normalize('NFKC').replace(DASHES, '-').replace(FULL_STOPS, '.').trim()
  return plain.startsWith('naru1.') ? plain.replace(LETTERS, swapCase) : plain
}

const LETTERS = /[A-Za-z]/g

function swapCase(letter: string): string {
  const upper = letter.toUpperCase()
  return letter === upper ? letter.toLowerCase() : upper
}

/** Whether an input method was writing Hangul while a text was typed: a signed text loses most of its case by that. */
export function isHangul(text: string): boolean {
  return HANGUL.test(text)
}

/** Keys of the Korean standard layout (KS X 5002) for initial consonants, vowels and final consonants, in Unicode's order. */
const INITIALS = 'r R s e E f a q Q t T d w W c z x v g'.split(' ')
const VOWELS = 'k o i O j p u P h hk ho hl y n nj np nl b m ml l'.split(' ')
const FINALS = 'r R rt s sw sg e f fr fa fq ft fx fv fg a q qt t T d w c z x v g'.split(' ')
const JAMO = /[\u1100-\u1112\u1161-\u1175\u11a8-\u11c2]/g

/**
 * The Latin letters of the keys that were typed while an input method was writing Hangul. Most letters lose their case,
 * so that only case-insensitive texts can be recovered.
 */
export function latinKeys(text: string): string {
  return text.normalize('NFD').replace(JAMO, (jamo) => {
    const code = jamo.charCodeAt(0)
    if (code < 0x1161) return INITIALS[code - 0x1100] ?? jamo
    return (code < 0x11a8 ? VOWELS[code - 0x1161] : FINALS[code - 0x11a8]) ?? jamo
  })
}
