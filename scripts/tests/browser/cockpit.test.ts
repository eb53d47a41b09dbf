import { randomUUID } from 'node:crypto'
import { eq } from 'drizzle-orm'
import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { orderNumberOf } from '../../../drizzle/order-number.ts'
import { ticketTypes } from '../../../drizzle/schema/catalogue.ts'
import { commonText } from '../../../gateway/web/layout/text/common.ts'
import { organiserText } from '../../../gateway/web/organiser/text/organiser.ts'
import { organiserLiveText } from '../../../gateway/web/organiser/text/organiser-live.ts'
import { makeNamedAccount, makeTestOrder } from '../../../origin/testing/sales.ts'
import { makeAccount, setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { signIn } from './fan.ts'
import { useSite } from './testing.ts'

/** The organiser's page on a phone during a sale. */

const HOUR_MS = 3_600_000
const { site, visit } = useSite()
const { en: live } = organiserLiveText
const { en: text } = organiserText

const hand = (page: Page, name: keyof typeof live.hand) =>
  page.getByRole('button', { name: live.hand[name], exact: true })
const phase = (page: Page, name: keyof typeof live.phases) =>
  page.locator('.cockpit .lead').filter({ hasText: live.phases[name] })

/** How far down the page something ends, in CSS pixels. */
async function bottomOf(locator: Locator): Promise<number> {
  const box = await locator.boundingBox()
  if (box === null) throw new Error('It is not shown')
  return box.y + box.height
}

/** How much wider than its container an element is, in CSS pixels. */
const overflowOf = (page: Page, selector: string) =>
  page.evaluate<number>(
    `{ const each = document.querySelector('${selector}'); each.scrollWidth - each.clientWidth }`,
  )

async function openLive(page: Page, festival: string): Promise<void> {
  await signIn(page, await makeAccount(site(), 'organiser'), `/organiser/festivals/${festival}/live`)
  await page.locator('.cockpit').waitFor()
}

describe('M14: the live page on a phone', () => {
  it('shows Pause and the notice without scrolling, in both languages', async () => {
    const sale = await setUpSale(site())
    const page = await visit()
    await openLive(page, sale.id)
    for (const language of ['en', 'ko'] as const) {
      if (language === 'ko') await page.getByRole('button', { name: commonText.en.switchTo }).click()
      await page.locator(`html[lang="${language}"] .cockpit`).waitFor()
      const { hand: hands, settings } = organiserLiveText[language]
      const { height } = page.viewportSize() ?? { height: 0 }
      expect(height).toBe(844)
      for (const wanted of [
        page.getByRole('button', { name: hands.paused, exact: true }),
        page.locator('summary').filter({ hasText: settings.notice }),
      ]) {
        expect(await bottomOf(wanted)).toBeLessThan(height)
      }
    }
  })

  it('shows other controls as soon as the schedule opens the sale, and changes made by others', async () => {
    const soon = { opensAt: new Date(Date.now() + HOUR_MS), closesAt: new Date(Date.now() + 2 * HOUR_MS) }
    const sale = await setUpSale(site(), { room: soon })
    const page = await visit()
    await openLive(page, sale.id)
    await hand(page, 'open').waitFor()
    expect(await hand(page, 'paused').count()).toBe(0)
    await page.getByRole('spinbutton', { name: live.settings.ratePerSecond }).fill('33')
    await page.locator('summary').filter({ hasText: live.settings.notice }).click()

    const notice = { ko: '비가 옵니다', en: 'It rains' }
    await sale.control({ opensAt: new Date(Date.now() + 3000).toISOString(), maxActive: 77, notice })
    await page.getByRole('status').filter({ hasText: live.changedElsewhere }).waitFor()
    await page.locator('q', { hasText: notice.en }).waitFor()
    expect(await page.getByLabel(live.settings.noticeEn).inputValue()).toBe(notice.en)
    expect(await page.getByRole('spinbutton', { name: live.settings.maxActive }).inputValue()).toBe('77')
    // What was being typed is still there.
    expect(await page.getByRole('spinbutton', { name: live.settings.ratePerSecond }).inputValue()).toBe('33')

    await hand(page, 'paused').waitFor()
    await phase(page, 'open').waitFor()
    expect(await hand(page, 'open').count()).toBe(0)
  })

  it.each([true, false])(
    'pauses at once, and asks before it goes on, with JavaScript: %s',
    async (scripts) => {
      const sale = await setUpSale(site())
      const page = await visit({}, { javaScriptEnabled: scripts })
      await openLive(page, sale.id)
      await hand(page, 'paused').click()
      await expect.poll(async () => (await sale.status())['phase']).toBe('paused')
      await expect
        .poll(async () => {
          // Without JavaScript the page shows the state at the time of the request.
          if (!scripts) await page.goto(`/organiser/festivals/${sale.id}/live`)
          return await hand(page, 'resume').count()
        })
        .toBe(1)
      await hand(page, 'resume').click()
      await page.getByText(live.effects.resume).waitFor()
      expect((await sale.status())['phase']).toBe('paused')
      await page.getByRole('button', { name: live.confirm.yes }).click()
      await expect.poll(async () => (await sale.status())['phase']).toBe('open')
    },
  )
})

describe('M19: the organiser’s pages', () => {
  it('open for an organiser after signing in', async () => {
    const page = await visit()
    await signIn(page, await makeAccount(site(), 'organiser'), '/')
    await page.getByRole('heading', { name: text.listTitle }).waitFor()
  })

  it.each([true, false])('keep the form in view when it is sent, with JavaScript: %s', async (scripts) => {
    const sale = await setUpSale(site())
    const page = await visit({}, { javaScriptEnabled: scripts })
    const account = await makeAccount(site(), 'organiser')
    await signIn(page, account, `/organiser/festivals/${sale.id}`)
    const seesWhole = (words: string) =>
      expect
        .poll(async () => {
          const { y = -1, height = 0 } = (await page.getByText(words).boundingBox()) ?? {}
          return y >= 0 && y + height <= 844 ? 'seen' : `${y} of ${page.url()}`
        })
        .toBe('seen')
    await page.locator('summary').filter({ hasText: text.newType }).click()
    await page.locator('#new-type-name').fill('Late night')
    await page.locator('#new-type-price').fill('nothing')
    await page.locator('#new-type-quantity').fill('10')
    await page.getByRole('button', { name: text.addType, exact: true }).click()
    await seesWhole(text.errorsAbove)
    expect(await page.locator('#new-type-name').inputValue()).toBe('Late night')
    await page.locator('#new-type-price').fill('9000')
    await page.getByRole('button', { name: text.addType, exact: true }).click()
    await seesWhole(text.typeAdded)
    await page.locator('summary').filter({ hasText: 'Late night' }).waitFor()
  })

  it('show entire orders, on a desktop and on a phone, and find them by their number', async () => {
    const sale = await setUpSale(site())
    const { db } = site()
    const account = await makeNamedAccount(db, {
      name: 'Bartholomew Wolfeschlegelsteinhausen',
      email: `${randomUUID()}@a-rather-long-name.naru.test`,
    })
    const types = await db.select().from(ticketTypes).where(eq(ticketTypes.festivalId, sale.id))
    const basket = types.map(({ id }) => ({ type: id, quantity: 2 }))
    const id = await makeTestOrder(db, { festival: sale.id, account, basket, amountMinor: 1_234_567 })
    const number = orderNumberOf(id)
    const organiser = await makeAccount(site(), 'organiser')
    for (const device of ['desktop', 'phone'] as const) {
      const page = await visit({ device })
      await signIn(page, organiser, `/organiser/festivals/${sale.id}/orders`)
      await page.locator('#q').fill(number.slice(0, 3).toLowerCase())
      await page.getByRole('button', { name: live.search }).click()
      await page.getByRole('rowheader', { name: number }).waitFor()
      expect(await overflowOf(page, '.stack')).toBe(0)
      expect(await overflowOf(page, 'html')).toBe(0)
      await page.getByRole('link', { name: number }).click()
      await page.getByRole('heading', { name: live.orderTitle(number) }).waitFor()
    }
  })
})
