import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { buyingText } from '../../../gateway/web/fan/text/buying.ts'
import { checkoutText } from '../../../gateway/web/fan/text/checkout.ts'
import { roomText } from '../../../gateway/web/fan/text/room.ts'
import { roomPageText } from '../../../gateway/web/fan/text/room-page.ts'
import { flashText } from '../../../gateway/web/layout/text/flash.ts'
import { makeAccount, setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { comeIn, hold, signIn, signUp, takePlace } from './fan.ts'
import { useSite } from './testing.ts'

const HOUR_MS = 3_600_000
const { site, visit } = useSite()
const { en: room } = roomText
const { en: buying } = buyingText

/** An admitted fan, on a device whose clock is right or an hour fast from the beginning. */
async function goIn(page: Page, fast = false): Promise<string> {
  const sale = await setUpSale(site())
  // From here on the clock goes on from there, and by hand it goes faster.
  if (fast) await page.clock.install({ time: Date.now() + HOUR_MS })
  await signUp(page, `/festivals/${sale.id}/room`)
  await page.getByRole('button', { name: room.enter }).click()
  await comeIn(page)
  return `/festivals/${sale.id}/buy`
}

/** The pages that are loaded from now on. */
function countLoads(page: Page): { count: number } {
  const loads = { count: 0 }
  page.on('domcontentloaded', () => {
    loads.count += 1
  })
  return loads
}

const timeLeft = (page: Page) => page.locator('[data-timer] strong')

describe('the time left', () => {
  it("is shown by the server's clock on a device whose own is an hour fast", async () => {
    const page = await visit()
    const path = await goIn(page, true)
    const loads = countLoads(page)
    await page.goto(path)
    const shown = timeLeft(page)
    await shown.filter({ hasText: /^[1-9]\d?:\d\d$/ }).waitFor()
    const first = await shown.innerText()
    await page.clock.runFor(2000)
    expect(await shown.innerText()).not.toBe(first)
    expect(await shown.innerText()).toMatch(/^[1-9]\d?:\d\d$/)
    await page.getByText(buying.passLeft).waitFor()
    expect(loads.count).toBe(1)
  })

  it("reloads the page once, and no more, where the server's clock is not available", async () => {
    const page = await visit()
    const path = await goIn(page, true)
    await hold(page, 'Friday')
    await page.route('**/*', (route) =>
      route.request().method() === 'HEAD' ? route.abort() : route.fallback(),
    )
    const loads = countLoads(page)
    await page.goto(path)
    await expect.poll(() => loads.count).toBe(2)
    await timeLeft(page)
      .filter({ hasText: /^0:00$/ })
      .waitFor()
    // A reload loop would lose the selection.
    await page.getByText(checkoutText.en.changeHeading).click()
    await page.getByLabel('Saturday').selectOption('1')
    await page.clock.runFor(60_000)
    expect(await page.getByLabel('Saturday').inputValue()).toBe('1')
    expect(loads.count).toBe(2)
    await page.getByText(buying.held).waitFor()
  })
})

describe('an admitted fan', () => {
  it('continues where a page has been waiting with another place, and finds the same basket', async () => {
    const sale = await setUpSale(site(), { room: { maxActive: 1 } })
    await sale.fill()
    const account = await makeAccount(site(), 'fan')
    const path = `/festivals/${sale.id}/room`
    const [phone, laptop] = [await visit(), await visit()]
    await signIn(phone, account, path)
    await takePlace(phone, sale.id)
    await takePlace(laptop, sale.id)
    await signIn(laptop, account, path)
    await laptop.getByText(roomPageText.en.ahead.after).waitFor()
    await sale.control({ maxActive: 2 })
    await comeIn(phone)
    await hold(phone, 'Friday', 2)
    await sale.control({ maxActive: 3 })
    await laptop.getByText(buying.held).waitFor()
    await laptop.getByRole('listitem').filter({ hasText: '2 × Friday' }).waitFor()
  })

  it('is offered to continue in a second browser, and does', async () => {
    const sale = await setUpSale(site())
    const account = await makeAccount(site(), 'fan')
    const path = `/festivals/${sale.id}/room`
    const [phone, laptop] = [await visit(), await visit()]
    await signIn(phone, account, path)
    await phone.getByRole('button', { name: room.enter }).click()
    await comeIn(phone)
    await hold(phone, 'Friday')
    await signIn(laptop, account, path)
    await laptop.getByRole('button', { name: room.goInHere }).click()
    await laptop.getByText(buying.held).waitFor()
  })

  it('is told why the selection made while waiting is not held', async () => {
    const sale = await setUpSale(site(), { room: { maxActive: 1 } })
    await sale.fill()
    const page = await visit()
    await signUp(page, `/festivals/${sale.id}/room`)
    await takePlace(page, sale.id)
    await page.getByLabel('Friday').selectOption('1')
    await page.route('**/hold', (route) => route.fulfill({ status: 409, json: { code: 'sold-out' } }))
    await sale.control({ maxActive: 50 })
    await comeIn(page)
    await page
      .getByRole('alert')
      .filter({ hasText: flashText('sold-out', 'en') ?? 'nothing' })
      .waitFor()
  })

  it('leaves permanently only after a confirmation', async () => {
    const page = await visit()
    const path = await goIn(page)
    const asked: string[] = []
    let sure = false
    page.on('dialog', (dialog) => {
      asked.push(dialog.message())
      void (sure ? dialog.accept() : dialog.dismiss())
    })
    const leave = page.getByRole('button', { name: buying.leave })
    await leave.click()
    expect(new URL(page.url()).pathname).toBe(path)
    sure = true
    await leave.click()
    await page.waitForURL((url) => url.pathname !== path)
    expect(asked).toEqual([buying.leaveAsk, buying.leaveAsk])
    await page.goto(path)
    await page.getByRole('button', { name: room.enter }).waitFor()
  })
})

describe('M7: a selection that is refused', () => {
  it.each(['phone', 'desktop'] as const)(
    'says on a %s which type, how many are left and what the limit is, and keeps the rest',
    async (device) => {
      const sale = await setUpSale(site(), { units: 15 })
      const [first, second] = [await visit(), await visit({ device })]
      for (const page of [first, second]) {
        await signUp(page, `/festivals/${sale.id}/room`)
        await page.getByRole('button', { name: room.enter }).click()
        await comeIn(page)
      }
      await hold(first, 'Friday', 2)
      await second.getByLabel('Friday').selectOption('3')
      await second.getByLabel('Saturday').selectOption('2')
      await second.getByRole('button', { name: buying.hold }).click()
      const told = second.getByRole('alert')
      await told.getByText(buying.refused.nothing).waitFor()
      expect(await told.innerText()).toContain(buying.refused.retained)
      expect(await told.innerText()).toContain('Friday: only 1 left right now')
      expect(await second.getByLabel('Friday').inputValue()).toBe('1')
      expect(await second.getByLabel('Saturday').inputValue()).toBe('2')
      await second.getByRole('button', { name: buying.hold }).click()
      await second.getByText(buying.held).waitFor()
      await second.getByRole('listitem').filter({ hasText: '2 × Saturday' }).waitFor()
    },
  )
})
