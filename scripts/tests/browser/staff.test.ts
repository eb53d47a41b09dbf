import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { staffText } from '../../../gateway/web/staff/text/staff.ts'
import { makeAccount, setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { buyTickets, signIn } from './fan.ts'
import { scan, undoLast } from './gate.ts'
import { readAllCodes } from './qr.ts'
import { useSite } from './testing.ts'

const { site, visit } = useSite()
const { en: text } = staffText

/** Waits until the page shows this many admissions. */
async function expectAdmitted(page: Page, count: string): Promise<void> {
  await page
    .locator('[data-part="in"]')
    .filter({ hasText: new RegExp(`^${count}$`) })
    .waitFor()
}

/** Number of festivals whose names the device stores. */
function countStoredNames(page: Page): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const opening = indexedDB.open('naru-staff-names', 1)
    opening.onsuccess = () => {
      const counting = opening.result.transaction('names').objectStore('names').count()
      counting.onsuccess = () => {
        opening.result.close()
        resolve(counting.result)
      }
    }
  })`)
}

/** Three browsers and a purchase. */
const TIMEOUT_MS = 240_000

it(
  'staff let a ticket in by its image, once, and go on without a network',
  async () => {
    const sale = await setUpSale(site(), {
      startsAt: new Date(),
      endsAt: new Date(Date.now() + 86_400_000),
    })
    const fan = await visit()
    await buyTickets(fan, sale.id, 'Friday', 2)
    const codes = await readAllCodes(fan.locator('.qr'))
    expect(codes).toHaveLength(2)
    const [first = '', second = ''] = codes

    const gate = await visit()
    await signIn(gate, await makeAccount(site(), 'staff'), `/staff/${sale.id}?gate=North`)
    await gate.getByText(/^Offline-ready: 2 tickets/).waitFor()
    const { words: admitted } = await scan(gate, first)
    expect(admitted).toContain(text.results.admitted)
    expect(admitted).toContain('Haneul Kim')
    const { words: again } = await scan(gate, first)
    expect(again).toContain(text.results['already-used'])
    expect(again).toContain('North')

    await gate.getByText(/^To show holders’ names offline/).waitFor()
    await gate.waitForFunction('caches.match(location.pathname)')
    await gate.context().setOffline(true)
    // It opens without a network, too.
    await gate.reload()
    const { words: alone } = await scan(gate, second)
    expect(alone).toContain(text.results.admitted)
    expect(alone).toContain(text.alone)
    // M17: with its holder's name, and counted.
    expect(alone).toContain('Haneul Kim')
    await expectAdmitted(gate, '2')
    expect((await scan(gate, second)).result).toBe('already-used')
    await undoLast(gate)
    await expectAdmitted(gate, '1')
    expect((await scan(gate, second)).words).toContain('Haneul Kim')
    await gate.context().setOffline(false)
    // Offline decisions are sent automatically, and reach the other gate.
    await gate.locator('[data-part="waiting"]').waitFor({ state: 'hidden' })
    await expectAdmitted(gate, '2')
    const other = await visit()
    await signIn(other, await makeAccount(site(), 'staff'), `/staff/${sale.id}?gate=South`)
    expect((await scan(other, second)).result).toBe('already-used')
    // M17: it is undone, and admitted again without a network, whatever the list contained before.
    await undoLast(gate)
    await expectAdmitted(gate, '1')
    await expectAdmitted(other, '1')
    await gate.context().setOffline(true)
    expect((await scan(gate, second)).result).toBe('admitted')
    await gate.context().setOffline(false)
    await gate.locator('[data-part="waiting"]').waitFor({ state: 'hidden' })
    expect(await countStoredNames(gate)).toBe(1)
    await gate.goto('/sign-in')
    await expect.poll(() => countStoredNames(gate)).toBe(0)
  },
  TIMEOUT_MS,
)
