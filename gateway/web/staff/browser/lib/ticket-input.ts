import { form } from '../../../layout/browser/lib/page.ts'

/** The field that hand scanners type into. */
export type ScanInput = {
  /** Makes it ready for the next scan, wherever the focus is. */
  focus(): void
}

const INTERACTIVE = 'a, button, input, select, textarea, summary, label'
/** Some scanners and every clipboard put several codes into one text. */
const SEPARATORS = /[\r\n\t]+/

/**
 * Takes what is typed, by hand or by a scanner that poses as a keyboard, as soon as Enter comes. The field has the focus
 * after loading, after everything that is tapped, and after each verdict; keys that are pressed elsewhere go to it.
 */
export function createScanInput(onScan: (text: string) => void): ScanInput {
  const typed = form('typed')
  const field = typed?.elements.namedItem('code')
  if (typed === undefined || !(field instanceof HTMLInputElement)) return { focus: () => {} }
  // An empty field is passed over; the browser's own complaint would stand over the page.
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
  // A key that is pressed elsewhere is the beginning of a scan: the focus moves before its character is typed.
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
    // Whoever presses a button by the keyboard stays on it.
    if (!(isChosen && detail === 0) && !isSelecting) focus()
  })
  addEventListener('focus', focus)
  keepKeyboardUnavailable(field)
  focus()
  return { focus }
}

/** On a phone the keyboard on the screen comes up when the field is tapped, not whenever it has the focus. */
function keepKeyboardUnavailable(field: HTMLInputElement): void {
  if (!isTouched()) return
  field.inputMode = 'none'
  field.addEventListener('pointerdown', () => {
    if (field.inputMode !== 'none') return
    field.inputMode = 'text'
    // A field that has the focus already would bring up no keyboard.
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
