import { createHash } from 'node:crypto'

/** Digits and letters that are hard to confuse, without vowels so that no word results: a prime number of them. */
const ALPHABET = '0123456789BCDFGHJKMNPQRSTVWXZ'
/** Without the check character. */
const CHARACTERS = 7
const PART = 4
/** A shorter search would find too many orders. */
const BEGINNING_MIN = 3

/**
 * The number that people quote for an order, such as `K7MP-3XQ2`: a hash of its ID, and a check character. Two orders
 * may get the same number; the later one then uses another ID, or another `attempt`. It grants no right.
 */
export function orderNumberOf(orderId: string, attempt = 0): string {
  const hash = createHash('sha256').update(`order-number:${attempt}:${orderId}`).digest()
  let rest = hash.readUIntBE(0, 6)
  let characters = ''
  for (let i = 0; i < CHARACTERS; i += 1) {
    characters += ALPHABET[rest % ALPHABET.length]
    rest = Math.floor(rest / ALPHABET.length)
  }
  return inParts(characters + checkOf(characters))
}

/** The number of an order's row; an order created by an earlier release may not have one yet (`number-orders.ts`). */
export function shownNumber({ id, number }: { id: string; number: string | null }): string {
  return number ?? orderNumberOf(id)
}

/**
 * Parses a written or dictated text as the beginning of an order number: ignores case, spaces and hyphens, and reads
 * letters that look like digits as digits when the text has a digit at all, so that few names match.
 */
export function readOrderNumber(text: string): { beginning: string; complete: boolean } | undefined {
  const plain = text.toUpperCase().replace(/[\s-]/g, '')
  const characters = /\d/.test(plain) ? plain.replaceAll('O', '0').replaceAll(/[IL]/g, '1') : plain
  if (characters.length < BEGINNING_MIN || characters.length > CHARACTERS + 1) return undefined
  if (![...characters].every((character) => ALPHABET.includes(character))) return undefined
  const complete =
    characters.length === CHARACTERS + 1 && characters.at(-1) === checkOf(characters.slice(0, CHARACTERS))
  return { beginning: inParts(characters), complete }
}

/** Detects every wrong character, and any two that changed places: the weights differ, modulo a prime. */
function checkOf(characters: string): string {
  const sum = [...characters].reduce((total, each, i) => total + (i + 2) * ALPHABET.indexOf(each), 0)
  return ALPHABET[sum % ALPHABET.length] ?? ''
}

function inParts(characters: string): string {
  return characters.length > PART ? `${characters.slice(0, PART)}-${characters.slice(PART)}` : characters
}
