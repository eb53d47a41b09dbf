import { eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { gateScans } from '../../../drizzle/schema/gate.ts'
import { tickets } from '../../../drizzle/schema/purchases.ts'
import { staffText } from '../../../gateway/web/staff/text/staff.ts'
import { fullWidth } from '../../../shared/testing/ticket-vector.ts'
import { makeAccount } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { signIn } from './fan.ts'
import { gateIsReady, scan, sellTickets, type Ticket } from './gate.ts'
import { useSite } from './testing.ts'

const { site, visit } = useSite()
const { en: text } = staffText
const TIMEOUT_MS = 120_000

/** A gate of a festival that has sold this many tickets. */
async function openGate(quantity: number): Promise<{ page: Page; festival: string; sold: Ticket[] }> {
  const { festival, sold } = await sellTickets(site(), quantity)
  const page = await visit()
  await signIn(page, await makeAccount(site(), 'staff'), `/staff/${festival}?gate=North`)
  await gateIsReady(page)
  return { page, festival, sold }
}

const history = (page: Page) => page.locator('[data-part="history"] > li')
const verdictsOf = (page: Page) =>
  history(page).evaluateAll((rows) => rows.map((row) => row.getAttribute('data-look')))
const focused = (page: Page) => page.evaluate<string>('document.activeElement.id')

it(
  'H3: a ticket that staff must confirm is not admitted by the next scan, which does not hide its verdict',
  async () => {
    const { page, festival, sold } = await openGate(2)
    const [disputed, good] = sold
    await site()
      .db.update(tickets)
      .set({ flag: 'disputed' })
      .where(eq(tickets.id, disputed?.id ?? ''))
    expect((await scan(page, disputed?.qr ?? '')).result).toBe('flagged')
    expect((await scan(page, good?.qr ?? '')).result).toBe('admitted')
    expect(await verdictsOf(page)).toEqual(['yes', 'ask'])

    const before = history(page).nth(1)
    await before.getByRole('button', { name: text.confirm }).click()
    await expect.poll(() => verdictsOf(page)).toEqual(['yes', 'yes', 'ask'])
    expect(await page.getByRole('button', { name: text.confirm }).count()).toBe(0)
    expect(await focused(page)).toBe('code')
    const recorded = await site()
      .db.select({ verdict: gateScans.serverVerdict, confirmed: gateScans.confirmed })
      .from(gateScans)
      .where(eq(gateScans.festivalId, festival))
      .orderBy(gateScans.seq)
    expect(recorded).toEqual([
      { verdict: 'flagged', confirmed: [] },
      { verdict: 'admitted', confirmed: [] },
      { verdict: 'admitted', confirmed: ['flagged'] },
    ])
  },
  TIMEOUT_MS,
)

it(
  'H3: a scanner finds the field ready after loading, after a tap elsewhere, and while something else has the focus',
  async () => {
    const { page, sold } = await openGate(4)
    const [first, second, third, fourth] = sold.map(({ typed }) => typed)
    expect(await focused(page)).toBe('code')
    // As a Korean keyboard types it.
    expect((await scan(page, fullWidth((first ?? '').toLowerCase()))).result).toBe('admitted')

    await scan(page, 'ㅜㅁ겨1.ㅎㅎ.1.2')
    await page.getByText(text.whys.hangul).waitFor()
    await page.getByRole('heading', { name: text.last }).click()
    expect(await focused(page)).toBe('code')
    await page.locator('[data-part="start-camera"]').focus()
    expect((await scan(page, second ?? '')).result).toBe('admitted')

    // The undo confirmation is open: a scan must not confirm it.
    await page.getByRole('button', { name: text.undo }).press('Enter')
    await page.locator('[data-part="undo-ask"]').waitFor()
    expect(await page.evaluate('document.activeElement.dataset.part')).toBe('undo-yes')
    expect((await scan(page, third ?? '')).result).toBe('admitted')
    expect(await verdictsOf(page)).toEqual(['yes', 'yes', 'no', 'yes'])

    // Pasted together with the one before.
    await page.evaluate(`(() => {
      const clipboardData = new DataTransfer()
      clipboardData.setData('text', ${JSON.stringify(`${third}\n${fourth}`)})
      const paste = new ClipboardEvent('paste', { clipboardData, cancelable: true, bubbles: true })
      document.querySelector('#code').dispatchEvent(paste)
    })()`)
    await page.keyboard.press('Enter')
    await expect.poll(() => verdictsOf(page)).toEqual(['yes', 'no', 'yes', 'yes', 'no', 'yes'])
    await page.keyboard.press('Enter')
    expect(await page.locator('#code').inputValue()).toBe('')
  },
  TIMEOUT_MS,
)

it(
  'H3: scans beyond what a gate takes at once are refused by name, and the sound stays off on a device where it was muted',
  async () => {
    const { page, sold } = await openGate(1)
    await page.getByRole('button', { name: text.mute }).click()
    await page.reload()
    await gateIsReady(page)
    await page.getByRole('button', { name: text.unmute }).waitFor()

    let release = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    await page.route('**/api/check-ins', async (route) => {
      await held
      await route.continue()
    })
    await page.evaluate(`for (let i = 0; i < 100; i += 1) {
      document.querySelector('#code').value = 'code ' + i
      document.querySelector('[data-form="typed"]').requestSubmit()
    }`)
    await page.getByText(text.checking).waitFor()
    await page.keyboard.type(sold[0]?.typed ?? '')
    await page.keyboard.press('Enter')
    await page.getByText(text.details['queue-full']).waitFor()
    expect(await verdictsOf(page)).toEqual(['ask'])
    release()
    await expect.poll(() => page.locator('[data-part="verdict"]').getAttribute('data-result')).toBe('unknown')
  },
  TIMEOUT_MS,
)
