import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { fanText } from '../../../gateway/web/fan/text/fan.ts'
import { roomText } from '../../../gateway/web/fan/text/room.ts'
import { makeAccount, setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { comeIn, confirmed, hold, pay, signIn } from './fan.ts'
import { PATIENCE_MS, useSite } from './testing.ts'

const { site, visit } = useSite()
const { en: fan } = fanText
const { en: room } = roomText

const hasTickets = async (page: Page) => {
  await page.getByRole('heading', { name: fan.bought }).waitFor()
  expect(await page.getByRole('link', { name: fan.toTickets }).count()).toBe(1)
  expect(await page.getByRole('alert').count()).toBe(0)
}

/** A fan who is about to pay, and the page of the sale's room. */
async function aboutToPay(variant: Parameters<typeof visit>[0] = {}) {
  const sale = await setUpSale(site())
  const account = await makeAccount(site(), 'fan')
  const path = `/festivals/${sale.id}/room`
  const page = await visit(variant)
  await signIn(page, account, path)
  await page.getByRole('button', { name: room.enter }).click()
  await comeIn(page)
  await hold(page, 'Friday', 2)
  return { page, account, path }
}

describe('H8: a fan who has bought sees the tickets', () => {
  it('in another open tab, immediately and without a reload', async () => {
    const { page, path } = await aboutToPay()
    const basket = await page.context().newPage()
    await basket.goto(path.replace(/room$/, 'buy'))
    const waiting = await page.context().newPage()
    await waiting.goto(path)
    await waiting.getByText(room.admitted).waitFor()
    await pay(page)
    await confirmed(page).waitFor()
    await hasTickets(basket)
    await hasTickets(waiting)
  })

  it('on another device, when its page becomes visible again', async () => {
    const { page, account, path } = await aboutToPay()
    const laptop = await visit({ device: 'desktop' })
    await signIn(laptop, account, path)
    await laptop.getByRole('button', { name: room.goInHere }).click()
    await comeIn(laptop)
    await pay(page)
    await confirmed(page).waitFor()
    // As when its window comes to the front again, some seconds later.
    await expect
      .poll(
        async () => {
          await laptop
            .evaluate('document.dispatchEvent(new Event("visibilitychange"))')
            .catch(() => undefined)
          return await laptop.getByRole('heading', { name: fan.bought }).count()
        },
        { timeout: PATIENCE_MS },
      )
      .toBe(1)
    await hasTickets(laptop)
  })

  it('after Back, to any page of the purchase', async () => {
    const { page } = await aboutToPay()
    await pay(page)
    await confirmed(page).waitFor()
    await page.getByText('2 × Friday').waitFor()
    await page.getByRole('link', { name: fan.toTickets }).click()
    await page.waitForURL(/\/orders\//)
    await page.goBack()
    await page.getByRole('heading', { name: fan.bought }).waitFor()
    await page.goBack()
    await hasTickets(page)
    await page.reload()
    await hasTickets(page)
  })

  it('also without JavaScript', async () => {
    const { page, path } = await aboutToPay()
    await pay(page)
    await confirmed(page).waitFor()
    const cookies = await page.context().storageState()
    const plain = await visit({}, { javaScriptEnabled: false, storageState: cookies })
    for (const entry of [path, `${path}?flash=pass-ended`, path.replace(/room$/, 'buy')]) {
      await plain.goto(entry)
      await hasTickets(plain)
    }
  })
})
