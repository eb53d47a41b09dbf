import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { festivalsText } from '../../../gateway/web/fan/text/festivals.ts'
import { organiserText } from '../../../gateway/web/organiser/text/organiser.ts'
import { organiserLiveText } from '../../../gateway/web/organiser/text/organiser-live.ts'
import { TEST_SELLER } from '../../../origin/testing/origin.ts'
import { makeAccount } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { buyTickets, signIn } from './fan.ts'
import { useSite } from './testing.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
/** The organisers' time zone, Asia/Seoul, which has no summer time. */
const ZONE_MS = 9 * HOUR_MS

const { site, visit } = useSite()
const { en: text } = organiserText
const { en: live } = organiserLiveText

/** An instant from now as a `datetime-local` field takes it. */
const at = (fromNowMs: number) => new Date(Date.now() + fromNowMs + ZONE_MS).toISOString().slice(0, 19)

async function fillFields(page: Page, form: string, fields: Record<string, string>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.locator(`#${form}-${name}`).fill(value)
}

it('an organiser creates a festival, opens its sale and watches it sell', async () => {
  const id = `test-${randomUUID()}`
  const page = await visit({ device: 'desktop' })
  await signIn(page, await makeAccount(site(), 'organiser'), '/organiser')
  await page.getByRole('link', { name: text.make }).click()
  await page.getByRole('heading', { name: text.newTitle }).waitFor()
  await page.locator('#new-order').selectOption('arrival')
  await fillFields(page, 'new', {
    ...{ id, name: 'Harbour Lights', place: 'Incheon', currency: 'KRW' },
    ...{ startsAt: at(60 * DAY_MS), endsAt: at(61 * DAY_MS) },
    ...{ lobbyAt: at(-HOUR_MS), opensAt: at(HOUR_MS), closesAt: at(-2 * HOUR_MS) },
  })
  await page.getByRole('button', { name: text.create }).click()

  // Validation errors are shown next to their fields, and the input is preserved.
  const closesAt = page.locator('#new-closesAt[aria-invalid="true"]')
  await closesAt.waitFor()
  expect(await page.locator('#new-name').inputValue()).toBe('Harbour Lights')
  await closesAt.fill(at(2 * DAY_MS))
  await page.getByRole('button', { name: text.create }).click()
  await fillFields(page, 'new-type', {
    ...{ name: 'Evening', price: '55000', quantity: '100', accountLimit: '4' },
    ...{ saleFrom: at(-HOUR_MS), saleTo: at(2 * DAY_MS), refundUntil: at(30 * DAY_MS) },
  })
  await page.getByRole('button', { name: text.addType }).click()
  await page.getByText(text.sold('0', '100')).waitFor()
  await fillFields(page, 'seller', TEST_SELLER)
  await page.locator('#seller').getByRole('button', { name: text.save }).click()
  await page.locator('#seller').getByText(text.saved).waitFor()
  await page.getByRole('link', { name: text.publish, exact: true }).click()
  await page.getByRole('button', { name: text.yes }).click()
  await page.getByRole('link', { name: text.unpublish }).waitFor()

  await page.goto(`/organiser/festivals/${id}/live`)
  const openNow = page.getByRole('button', { name: live.hand.open })
  await openNow.click()
  await page.getByText(live.effects.open).waitFor()
  await page.getByRole('button', { name: live.confirm.yes }).click()
  await page.locator('[data-part="phase"]').filter({ hasText: live.phases.open }).waitFor()

  const fan = await visit()
  await expect
    .poll(async () => {
      // The page shows the state at the time of the request.
      await fan.goto('/')
      return await fan.getByRole('link', { name: /Harbour Lights/ }).allInnerTexts()
    })
    .toEqual([expect.stringContaining(festivalsText.en.phases.open)])
  await buyTickets(fan, id, 'Evening', 3)
  // The page updates itself.
  await page.locator('[data-part="tile-sold"]').filter({ hasText: /^3$/ }).waitFor()
  await page.getByRole('region', { name: live.ticketTypes }).getByRole('cell', { name: '97' }).waitFor()
})
