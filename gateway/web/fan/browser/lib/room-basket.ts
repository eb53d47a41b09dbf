import { recall, remember } from '../../../layout/browser/lib/memory.ts'
import { form } from '../../../layout/browser/lib/page.ts'

type Line = { type: number; quantity: number }

/** The tickets chosen while waiting. */
export function chosenLines(): Line[] {
  const found = form('basket')
  if (found === undefined) return []
  return [...new FormData(found)]
    .map(([type, quantity]) => ({ type: Number(type), quantity: Number(quantity) }))
    .filter(({ quantity }) => quantity > 0)
}

/** Restores the choice of an earlier page view, and stores every change. */
export function restoreBasket(room: string): void {
  const found = form('basket')
  if (found === undefined) return
  const stored = JSON.parse(recall('basket', room) ?? '[]') as Line[]
  for (const { type, quantity } of stored) {
    const field = found.elements.namedItem(String(type))
    if (field instanceof HTMLSelectElement) field.value = String(quantity)
  }
  found.addEventListener('change', () => remember('basket', room, JSON.stringify(chosenLines())))
}
