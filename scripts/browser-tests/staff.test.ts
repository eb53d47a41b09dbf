import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { staffText } from '../../gateway/pages/text/staff.ts'
import { makeAccount, stageSale } from '../browser/sale.ts'
import { buyTickets, signIn } from './fan.ts'
import { readAllCodes } from './qr.ts'
import { useStage } from './testing.ts'

const { theatre, visit } = useStage()
const { en: text } = staffText

/** Checks the text of a code, as a scanner that types does; the verdict on the whole screen. */
async function scan(page: Page, code: string): Promise<string> {
  // Before its module runs, the page is the one without JavaScript.
  await page.locator('.needs-script').first().waitFor({ state: 'detached' })
  await page.getByLabel(text.code).fill(code)
  await page.keyboard.press('Enter')
  const verdict = page.getByRole('dialog')
  await verdict.waitFor()
  const words = await verdict.innerText()
  await verdict.getByRole('button', { name: text.next }).click()
  await verdict.waitFor({ state: 'hidden' })
  return words
}

/** Three browsers and a purchase. */
const TIMEOUT_MS = 240_000

it(
  'staff let a ticket in by its picture, once, and go on without a network',
  async () => {
    const sale = await stageSale(theatre(), {
      startsAt: new Date(),
      endsAt: new Date(Date.now() + 86_400_000),
    })
    const fan = await visit()
    await buyTickets(fan, sale.id, 'Friday', 2)
    const codes = await readAllCodes(fan.locator('.qr'))
    expect(codes).toHaveLength(2)
    const [first = '', second = ''] = codes

    const gate = await visit()
    await signIn(gate, await makeAccount(theatre(), 'staff'), `/staff/${sale.id}?gate=North`)
    await gate.getByText(/^Ready for times without a network: 2 tickets/).waitFor()
    const admitted = await scan(gate, first)
    expect(admitted).toContain(text.results.admitted)
    expect(admitted).toContain('Haneul Kim')
    const again = await scan(gate, first)
    expect(again).toContain(text.results['already-used'])
    expect(again).toContain('North')

    await gate.waitForFunction('caches.match(location.pathname)')
    await gate.context().setOffline(true)
    // It opens without a network, too.
    await gate.reload()
    const alone = await scan(gate, second)
    expect(alone).toContain(text.results.admitted)
    expect(alone).toContain(text.alone)
    expect(await scan(gate, second)).toContain(text.results['already-used'])
    await gate.context().setOffline(false)
    // What was decided alone is sent by itself, and another gate knows of it.
    await gate.locator('[data-part="in"]').filter({ hasText: /^2$/ }).waitFor()
    const other = await visit()
    await signIn(other, await makeAccount(theatre(), 'staff'), `/staff/${sale.id}?gate=South`)
    expect(await scan(other, second)).toContain(text.results['already-used'])
  },
  TIMEOUT_MS,
)
