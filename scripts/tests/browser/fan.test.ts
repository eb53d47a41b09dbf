import type { Locator, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { mineText } from '../../../gateway/web/account/text/mine.ts'
import { buyingText } from '../../../gateway/web/fan/text/buying.ts'
import { fanText } from '../../../gateway/web/fan/text/fan.ts'
import { festivalsText } from '../../../gateway/web/fan/text/festivals.ts'
import { roomText } from '../../../gateway/web/fan/text/room.ts'
import { roomPageText } from '../../../gateway/web/fan/text/room-page.ts'
import { commonText } from '../../../gateway/web/layout/text/common.ts'
import { setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { comeIn, confirmed, hold, openTickets, pay, signUp } from './fan.ts'
import { readAllCodes } from './qr.ts'
import { useSite } from './testing.ts'

const { site, visit } = useSite()
const { en: room } = roomText
const { en: buying } = buyingText

describe('a fan', () => {
  it('buys from the home page to a ticket whose code another decoder reads', async () => {
    const sale = await setUpSale(site(), { name: 'Moonlit Ferry Festival', room: { maxActive: 1 } })
    await sale.fill()
    await sale.queue(3)
    const page = await visit()
    await page.goto('/')
    await page.getByLabel(festivalsText.en.searchLabel).fill('moonlit')
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: /Moonlit Ferry Festival/ }).click()
    await page.getByRole('link', { name: festivalsText.en.enter }).click()
    await page.getByRole('button', { name: room.enter }).click()
    const ahead = page.locator('[data-part="ahead"]')
    await ahead.filter({ hasText: /^3$/ }).waitFor()

    await page.getByRole('link', { name: room.signInWhile }).click()
    await signUp(page)
    await page.getByText(room.signedIn).waitFor()
    await ahead.filter({ hasText: /^3$/ }).waitFor()
    await page.getByLabel('Friday').selectOption('2')
    await sale.control({ maxActive: 50 })

    // From here on by itself: called, inside, and what was chosen is held.
    await page.getByText(buying.held).waitFor()
    await page.getByRole('listitem').filter({ hasText: '2 × Friday' }).waitFor()
    await pay(page)
    await confirmed(page).waitFor()
    await openTickets(page)

    const order = await page.request.get(`/api${new URL(page.url()).pathname}`)
    const { tickets } = (await order.json()) as { tickets: { qr: string }[] }
    const shown = await readAllCodes(page.locator('.qr'))
    expect(shown).toHaveLength(2)
    expect(shown.toSorted()).toEqual(tickets.map(({ qr }) => qr).toSorted())
    await page.getByRole('navigation').getByRole('link', { name: commonText.en.myPage }).click()
    await page.getByRole('link', { name: /Moonlit Ferry Festival/ }).waitFor()
  })

  it('keeps the basket after a declined card, tries again, and pays only once', async () => {
    const sale = await setUpSale(site())
    const page = await visit()
    await signUp(page, `/festivals/${sale.id}/room`)
    await page.getByRole('button', { name: room.enter }).click()
    await comeIn(page)
    await hold(page, 'Saturday')
    await pay(page, 'card-declined')
    await page.getByText(buying.states.declined).waitFor()
    await page.getByRole('link', { name: buying.tryAgain }).click()
    await page.getByText(buying.held).waitFor()
    await pay(page)
    await confirmed(page).waitFor()

    // Back leads to where the basket was, which is bought (H8), and to nothing to pay.
    await page.goBack()
    await page.getByRole('heading', { name: fanText.en.bought }).waitFor()
    expect(await page.getByRole('button', { name: /^Pay / }).count()).toBe(0)
    await page.goto('/me')
    expect(await page.locator('a.card').count()).toBe(1)
  })

  it('without JavaScript gets a pass by plain forms, and is guided by reloads', async () => {
    const sale = await setUpSale(site(), { room: { maxActive: 1 } })
    await sale.fill()
    const page = await visit({}, { javaScriptEnabled: false })
    await signUp(page, `/festivals/${sale.id}/room`)
    await page.getByRole('button', { name: room.enter }).click()
    await page.getByText(roomPageText.en.ahead.after).waitFor()
    await sale.control({ maxActive: 50 })
    await page.getByRole('button', { name: room.goIn }).click()
    await comeIn(page)
    await hold(page, 'Friday', 2)
    await pay(page)
    await confirmed(page).waitFor()
    await openTickets(page)
    expect(await page.locator('.qr').count()).toBe(2)
  })

  it('needs only the keyboard', async () => {
    const sale = await setUpSale(site(), { name: 'Keyboard Festival' })
    const page = await visit({ device: 'desktop' })
    // A sign-up without a target page asks to confirm the address first.
    await signUp(page, '/')
    await page.goto('/')
    await page.getByRole('heading', { name: festivalsText.en.title }).waitFor()
    await use(page, page.getByRole('link', { name: /Keyboard Festival/ }), 'Enter')
    await use(page, page.getByRole('link', { name: festivalsText.en.enter }), 'Enter')
    await use(page, page.getByRole('button', { name: room.enter }), 'Space')
    await comeIn(page)
    await use(page, page.getByLabel('Friday'), 'ArrowDown')
    await use(page, page.getByRole('button', { name: buying.hold }), 'Enter')
    await page.getByText(buying.held).waitFor()
    await use(page, page.getByRole('button', { name: /^Pay / }), 'Enter')
    await use(page, page.getByRole('link', { name: buying.toTickets }), 'Enter')
    await page.getByText(mineText.en.showCode).waitFor()
    expect(await sale.status()).toMatchObject({ phase: 'open' })
  })

  it('reads every page in the language that was chosen last', async () => {
    const sale = await setUpSale(site())
    const page = await visit({ language: 'ko' })
    await page.goto(`/festivals/${sale.id}`)
    await page.getByRole('link', { name: festivalsText.ko.enter }).waitFor()
    await page.getByRole('button', { name: commonText.ko.switchTo }).click()
    await page.getByRole('link', { name: festivalsText.en.enter }).click()
    await page.getByRole('button', { name: room.enter }).waitFor()
    expect(new URL(page.url()).pathname).toBe(`/festivals/${sale.id}/room`)
    await page.getByRole('button', { name: commonText.en.switchTo }).click()
    await page.getByRole('button', { name: roomText.ko.enter }).waitFor()
    await page.goto('/')
    expect(await page.locator('html').getAttribute('lang')).toBe('ko')
  })
})

const TABS_MAX = 60

/** Moves to an element with the tab key alone, which must show its focus, and presses a key. */
async function use(page: Page, element: Locator, key: string): Promise<void> {
  await element.waitFor()
  const reached = element.and(page.locator(':focus-visible'))
  for (let tabs = 0; (await reached.count()) === 0; tabs += 1) {
    if (tabs === TABS_MAX) throw new Error(`The keyboard does not get to ${element}`)
    await page.keyboard.press('Tab')
  }
  await page.keyboard.press(key)
}
