/** Whether a password is commonly guessed; `about` are words related to the person who chooses it. */
export type IsCommonPassword = (password: string, about: readonly string[]) => Promise<boolean>

/** Digits alone are treated as a date or a telephone number up to this length. */
const DIGITS_GUESSED_MAX = 11
/** Characters that are commonly added before or after a word to make it a password. */
const ENDS_MAX = 6
const DISTINCT_MIN = 4
const SERVICE = ['naru', '나루']
const LEET: Readonly<Record<string, string>> = {
  ...{ '0': 'o', '1': 'i', '3': 'e', '4': 'a', '5': 's', '7': 't', '@': 'a', $: 's', '!': 'i' },
}

/**
 * NIST SP 800-63B, section 5.1.1.2 (revision 4: 3.1.1.2): a chosen password is compared with commonly used ones and
 * with the words of its context, and no rule requires certain characters. The list is that of zxcvbn (49,000 passwords,
 * some 2 MB in memory); its estimator is not used, since it blocks the event loop for 100 ms and more.
 */
export function createCommonPasswords(): IsCommonPassword {
  // Read at startup, so that no sign-up waits for it in a rush.
  const listed = import('./password-list.ts').then(({ COMMON_PASSWORDS }) => new Set(COMMON_PASSWORDS))
  listed.catch(() => {
    // Set by the first request.
  })

  return async (password, about) => {
    const list = await listed
    const text = password.normalize('NFKC').toLowerCase().trim()
    if (new Set(text).size < DISTINCT_MIN) return true
    if (/^\d+$/.test(text) && text.length <= DIGITS_GUESSED_MAX) return true
    const own = new Set([...SERVICE, ...about].flatMap(wordsOf))
    return [text, wordIn(text)]
      .flatMap((word) => [word, withoutLeet(word)])
      .some((word) => word !== '' && (list.has(word) || own.has(word)))
  }
}

/** The text without a few digits and symbols at its ends: `password-1` is `password`. */
function wordIn(text: string): string {
  const [start = ''] = /^[^\p{L}]{0,6}/u.exec(text) ?? []
  const rest = text.slice(start.length)
  let end = rest.length
  while (end > 0 && rest.length - end < ENDS_MAX && !/\p{L}/u.test(rest.charAt(end - 1))) end -= 1
  return rest.slice(0, end)
}

function withoutLeet(word: string): string {
  return [...word].map((character) => LEET[character] ?? character).join('')
}

/** A name or an address, each of its words, and its words joined. */
function wordsOf(text: string): string[] {
  const words = text
    .normalize('NFKC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  return [text.toLowerCase(), ...words, words.join('')].filter((word) => word.length > 2)
}
