import { showMoments } from '../../../layout/browser/lib/moments.ts'

const TIMEOUT_MS = 15_000

/** The page as the server would render it now; undefined when it does not respond. */
export async function fetchPage(path: string): Promise<Document | undefined> {
  const stop = new AbortController()
  const timer = setTimeout(() => stop.abort(), TIMEOUT_MS)
  try {
    const response = await fetch(path, { cache: 'no-store', signal: stop.signal })
    if (!response.ok || response.redirected) return undefined
    return new DOMParser().parseFromString(await response.text(), 'text/html')
  } catch {
    return undefined
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Replaces the parts of a page that are named in `data-fresh`. A form with unsaved input or an error is left unchanged;
 * a part stays open, and the focus stays on the element with the same name.
 */
export function takeParts(from: Document): void {
  for (const part of document.querySelectorAll<HTMLElement>('[data-fresh]')) {
    const next = from.querySelector<HTMLElement>(`[data-fresh="${part.dataset['fresh'] ?? ''}"]`)
    if (next === null || isBeingChanged(part)) continue
    showMoments(next)
    if (next.outerHTML === part.outerHTML) continue
    if (part instanceof HTMLDetailsElement && part.open) next.setAttribute('open', '')
    const focused = part.contains(document.activeElement) ? document.activeElement : null
    part.replaceWith(next)
    if (focused !== null) focusLike(focused, next)
  }
}

function isBeingChanged(part: HTMLElement): boolean {
  if (part.querySelector('[aria-invalid="true"]') !== null) return true
  for (const field of part.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')) {
    if (field.type !== 'hidden' && field.value !== field.defaultValue) return true
  }
  for (const option of part.querySelectorAll('option')) {
    if (option.selected !== option.defaultSelected) return true
  }
  return false
}

/** Preserves the focus of keyboard users. */
function focusLike(before: Element, within: HTMLElement): void {
  const { id } = before
  const value = before.getAttribute('value')
  const named = [...within.querySelectorAll<HTMLElement>('button, input, textarea, select, summary')]
  const same = named.find((each) =>
    id === '' ? each.tagName === before.tagName && each.getAttribute('value') === value : each.id === id,
  )
  ;(same ?? named.find((each) => each.tagName === 'BUTTON') ?? named[0])?.focus({ preventScroll: true })
}
