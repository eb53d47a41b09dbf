const FORMATS_MAX = 1000

/**
 * Creating a format takes a hundred times as long as using it, and there are few: by language, currency and time zone.
 */
export function remembered<K extends readonly string[], F>(make: (...names: K) => F): (...names: K) => F {
  const known = new Map<string, F>()
  return (...names) => {
    const name = names.join(' ')
    const found = known.get(name)
    if (found !== undefined) return found
    if (known.size >= FORMATS_MAX) known.clear()
    const made = make(...names)
    known.set(name, made)
    return made
  }
}
