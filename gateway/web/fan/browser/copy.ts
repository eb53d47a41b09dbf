import { say } from '../../layout/browser/lib/page.ts'

/** Copies a part of the page by a button, and tells so. */

for (const button of document.querySelectorAll<HTMLElement>('[data-copy]')) {
  const { copy, done } = button.dataset
  const copied = document.querySelector<HTMLElement>(`[data-part="${copy}"]`)
  button.addEventListener('click', () => {
    navigator.clipboard.writeText(copied?.textContent.trim() ?? '').then(
      () => say('copied', done ?? ''),
      () => select(copied),
    )
  })
}

/** Where the browser refuses to copy, the text is selected for the fan to do it. */
function select(element: HTMLElement | null): void {
  if (element !== null) getSelection()?.selectAllChildren(element)
}
