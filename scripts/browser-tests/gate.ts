import type { Page } from 'playwright-core'
import { staffText } from '../../gateway/pages/text/staff.ts'

const { en: text } = staffText

/** Before its module runs, the page is the one without JavaScript. */
export async function gateIsReady(page: Page): Promise<void> {
  await page.locator('.needs-script').first().waitFor({ state: 'detached' })
}

/** Types a code as a hand scanner does, into whatever has the focus; the verdict, as it is called and in words. */
export async function scan(page: Page, code: string): Promise<{ result: string; words: string }> {
  await gateIsReady(page)
  await page.keyboard.type(code)
  await page.keyboard.press('Enter')
  // The verdict of before went with the Enter.
  const verdict = page.locator('[data-part="verdict"][data-result]')
  await verdict.waitFor()
  return { result: (await verdict.getAttribute('data-result')) ?? '', words: await verdict.innerText() }
}

/** Takes back whoever was let in last. */
export async function undoLast(page: Page): Promise<void> {
  await page.getByRole('button', { name: text.undo }).click()
  await page.getByRole('button', { name: text.undoThis, exact: true }).click()
  await page.getByText(text.undone).waitFor()
}
