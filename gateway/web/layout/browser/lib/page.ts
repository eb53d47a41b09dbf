import type { Language } from '../../../i18n/translated.ts'

export const language: Language = document.documentElement.lang === 'ko' ? 'ko' : 'en'

const numbers = new Intl.NumberFormat(language)
export const count = (value: number) => numbers.format(value)

/** The part of the page with this name; pages contain every part that they may show. */
export function part(name: string): HTMLElement | undefined {
  return document.querySelector<HTMLElement>(`[data-part="${name}"]`) ?? undefined
}

/** Sets the text of a part only when it has changed, so that a screen reader announces nothing twice. */
export function say(name: string, words: string): void {
  const element = part(name)
  if (element !== undefined && element.textContent !== words) element.textContent = words
}

export function show(name: string, visible: boolean): void {
  const element = part(name)
  if (element !== undefined) element.hidden = !visible
}

/**
 * Shows a list. A row whose key is unchanged is not moved, so that it stays under a finger that presses it.
 *
 * @param keyOf - unique for each item, and derived from all that its row shows
 */
export function showRows<T>(
  name: string,
  items: readonly T[],
  keyOf: (item: T) => string,
  rowOf: (item: T) => HTMLElement,
): void {
  const list = part(name)
  if (list === undefined) return
  const wanted = new Set(items.map(keyOf))
  const shown = new Map<string, HTMLElement>()
  for (const row of list.querySelectorAll<HTMLElement>(':scope > *')) {
    const { key } = row.dataset
    if (key !== undefined && wanted.has(key)) shown.set(key, row)
    else row.remove()
  }
  for (const [i, item] of items.entries()) {
    const row = shown.get(keyOf(item)) ?? rowOf(item)
    row.dataset['key'] = keyOf(item)
    const there = list.children[i] ?? null
    if (there !== row) list.insertBefore(row, there)
  }
}

/** The data that the server embedded in the page for its module. */
export function pageData<T>(id: string): T {
  return JSON.parse(document.getElementById(id)?.textContent ?? 'null') as T
}

export function form(name: string): HTMLFormElement | undefined {
  return document.querySelector<HTMLFormElement>(`form[data-form="${name}"]`) ?? undefined
}

/** Handles a form in place instead of leaving the page; its button is disabled meanwhile. */
export function onSubmit(name: string, act: (form: HTMLFormElement) => Promise<void>): void {
  const found = form(name)
  found?.addEventListener('submit', (event) => {
    event.preventDefault()
    const [button] = found.getElementsByTagName('button')
    if (button?.disabled === true) return
    if (button !== undefined) button.disabled = true
    void act(found).finally(() => {
      if (button !== undefined) button.disabled = false
    })
  })
}

/** Shows the parts that only work with scripts. */
export function revealScripted(): void {
  for (const element of document.querySelectorAll('.needs-script')) element.classList.remove('needs-script')
}
