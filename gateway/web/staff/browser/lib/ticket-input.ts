import { form } from '../../../layout/browser/lib/page.ts'

/** The field that hand scanners type into. */
export type ScanInput = {
  /** Focuses the field for the next scan. */
  focus(): void
}

const INTERACTIVE = 'a, button, input, select, textarea, summary, label'
/** Some scanners and every clipboard put several codes into one text. */
const SEPARATORS = /[\r\n\t]+/

/**
 * Reads typed codes, from a person or from a scanner that acts as a keyboard, on Enter. The field has the focus after
 * loading, after every tap, and after each verdict; keys pressed outside of it are redirected to it.
 */
export function createScanInput(onScan: (text: string) => void): ScanInput {
  const typed = form('typed')
  const field = typed?.elements.namedItem('code')
  if (typed === undefined || !(field instanceof HTMLInputElement)) return { focus: () => {} }
  // Empty input is ignored; the browser's validation message would cover the page.
  typed.noValidate = true
  const focus = () => field.focus({ preventScroll: true })

  function submit(input: HTMLInputElement): void {
    const text = input.value
    input.value = ''
    if (isTouched()) hideKeyboard(input)
    if (text.trim() !== '') onScan(text)
  }

  typed.addEventListener('submit', (event) => {
    event.preventDefault()
    submit(field)
    focus()
  })
  field.addEventListener('paste', (event) => {
    const parts = (event.clipboardData?.getData('text') ?? '').split(SEPARATORS)
    if (parts.length < 2) return
    event.preventDefault()
    const [last = ''] = parts.splice(-1)
    for (const part of parts) if (part.trim() !== '') onScan(part)
    field.value = last
  })
  // A key pressed outside of the field starts a scan: the focus moves before its character is typed.
  document.addEventListener('keydown', (event) => {
    const { ctrlKey, metaKey, altKey, key } = event
    if (document.activeElement === field || ctrlKey || metaKey || altKey) return
    if ([...key].length === 1 && key !== ' ') return focus()
    const isElsewhere = document.activeElement?.matches(INTERACTIVE) !== true
    if (key !== 'Enter' || !isElsewhere || field.value === '') return
    event.preventDefault()
    submit(field)
    focus()
  })
  document.addEventListener('click', ({ target, detail }) => {
    const isChosen = target instanceof Element && target.closest(INTERACTIVE) !== null
    const isSelecting = getSelection()?.isCollapsed === false
    // A button activated by the keyboard keeps the focus.
    if (!(isChosen && detail === 0) && !isSelecting) focus()
  })
  addEventListener('focus', focus)
  suppressKeyboard(field)
  focus()
  return { focus }
}

/** On a phone the on-screen keyboard opens when the field is tapped, not whenever it has the focus. */
function suppressKeyboard(field: HTMLInputElement): void {
  if (!isTouched()) return
  field.inputMode = 'none'
  field.addEventListener('pointerdown', () => {
    if (field.inputMode !== 'none') return
    field.inputMode = 'text'
    // A field that already has the focus would not open the keyboard.
    field.blur()
  })
}

function hideKeyboard(field: HTMLInputElement): void {
  if (field.inputMode === 'none') return
  field.inputMode = 'none'
  field.blur()
}

function isTouched(): boolean {
  return matchMedia('(pointer: coarse)').matches
}
