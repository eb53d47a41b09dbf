import { and, eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { teamMembers } from '../../../drizzle/schema/teams.ts'
import { staffText } from '../../../gateway/web/staff/text/staff.ts'
import { makeAccount } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { signIn } from './fan.ts'
import { scan, sellTickets } from './gate.ts'
import { useSite } from './testing.ts'

const { site, visit } = useSite()
const { en: text } = staffText
const TIMEOUT_MS = 120_000

/** The number of records that the device has in a store. */
function retained(page: Page, database: string, store: string): Promise<number> {
  return page.evaluate<number>(`new Promise((resolve) => {
    const opening = indexedDB.open('${database}', 1)
    opening.onsuccess = () => {
      const counting = opening.result.transaction('${store}').objectStore('${store}').count()
      counting.onsuccess = () => {
        opening.result.close()
        resolve(counting.result)
      }
    }
  })`)
}

it(
  'a device whose member was taken out of the team stops checking tickets, forgets list and names, and keeps scans to be sent',
  async () => {
    const { db } = site()
    const { festival, sold } = await sellTickets(site(), 3)
    const [first, second, third] = sold.map(({ qr }) => qr)
    const staff = await makeAccount(site(), 'staff')
    const page = await visit()
    await signIn(page, staff, `/staff/${festival}?gate=North`)
    await page.getByText(/^Offline-ready: 3 tickets.*for 24 hours, until /).waitFor()
    await page.getByText(/^To show holders’ names offline/).waitFor()
    await page.context().setOffline(true)
    expect((await scan(page, first ?? '')).result).toBe('admitted')

    const [account] = await db
      .select({ id: accounts.id })
      .from(accounts)
      .where(eq(accounts.email, staff.email))
    const isIt = and(eq(teamMembers.festivalId, festival), eq(teamMembers.accountId, account?.id ?? ''))
    const [member] = await db.select().from(teamMembers).where(isIt)
    if (member === undefined) throw new Error('The account is in no team')
    await db.delete(teamMembers).where(isIt)
    await page.context().setOffline(false)
    await page.getByText(text.forbidden).waitFor()
    await expect.poll(() => retained(page, 'naru-staff', 'lists')).toBe(0)
    await expect.poll(() => retained(page, 'naru-staff-names', 'names')).toBe(0)
    expect((await scan(page, second ?? '')).result).toBe('forbidden')
    // Nor offline, when the network fails again.
    await page.context().setOffline(true)
    expect((await scan(page, third ?? '')).result).toBe('forbidden')
    await page.getByText(text.waiting('1')).waitFor()

    // Back in the team, pending scans are sent, and the device continues.
    await db.insert(teamMembers).values(member)
    await page.context().setOffline(false)
    await page.locator('[data-part="waiting"]').waitFor({ state: 'hidden' })
    await page.getByText(text.forbidden).waitFor({ state: 'hidden' })
    expect((await scan(page, first ?? '')).result).toBe('already-used')
    expect((await scan(page, second ?? '')).result).toBe('admitted')
  },
  TIMEOUT_MS,
)
