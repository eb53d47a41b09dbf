import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { buyingText } from '../../../gateway/web/fan/text/buying.ts'
import { checkoutText } from '../../../gateway/web/fan/text/checkout.ts'
import { roomText } from '../../../gateway/web/fan/text/room.ts'
import { commonText } from '../../../gateway/web/layout/text/common.ts'
import { flashText } from '../../../gateway/web/layout/text/flash.ts'
import type { Language } from '../../../shared/in-language.ts'
import { setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import type { Variant } from '../../develop/screenshots/scenarios/variants.ts'
import { comeIn, confirmed, hold, pay, signUp } from './fan.ts'
import { useSite } from './testing.ts'

const { site, visit } = useSite()
/** Both languages and both devices, each once. */
const LOOKS = [
  ['en', 'phone'],
  ['ko', 'desktop'],
] as const

type Method = keyof (typeof checkoutText)['en']['methods']

/** A fan with a ticket in the basket, who reads it in a language. */
async function aboutToPay(language: Language = 'en', device: Variant['device'] = 'phone'): Promise<Page> {
  const page = await visit({ device })
  const sale = await setUpSale(site())
  await signUp(page, `/festivals/${sale.id}/room`)
  await page.getByRole('button', { name: roomText.en.enter }).click()
  await comeIn(page)
  await hold(page, 'Friday')
  if (language === 'ko') {
    await page.getByRole('button', { name: commonText.en.switchTo }).click()
    await page.getByText(buyingText.ko.held).waitFor()
  }
  return page
}

async function choose(page: Page, method: Method, language: Language): Promise<void> {
  await page.getByLabel(checkoutText[language].methods[method]).check()
  await page.locator('form[data-form="pay"] button').click()
}

/** The sandbox's bank, which is another site. */
async function atBank(page: Page): Promise<void> {
  await page.getByRole('heading', { name: 'Sandbox Bank' }).waitFor()
  expect(new URL(page.url()).origin).toBe(new URL(site().providerUrl).origin)
}

/** The page of the payment of which the bank's page is. */
async function isPaid(page: Page, language: Language): Promise<void> {
  await page.getByText(buyingText[language].states.confirmed).waitFor()
  // Nothing of what the bank sent along is left in the address.
  expect(new URL(page.url()).search).toBe('')
}

describe("a purchase on a bank's page", () => {
  it.each(LOOKS)('leads there and back to the tickets, in %s on a %s', async (language, device) => {
    const page = await aboutToPay(language, device)
    await choose(page, 'bank', language)
    await atBank(page)
    await page.getByRole('button', { name: 'Approve', exact: true }).click()
    await isPaid(page, language)
  })

  it('works without JavaScript', async () => {
    const page = await aboutToPay()
    const cookies = await page.context().storageState()
    const plain = await visit({}, { javaScriptEnabled: false, storageState: cookies })
    await plain.goto(page.url())
    expect(await plain.getByLabel(checkoutText.en.methods.script).isVisible()).toBe(false)
    await choose(plain, 'bank', 'en')
    await atBank(plain)
    await plain.getByRole('button', { name: 'Approve', exact: true }).click()
    await isPaid(plain, 'en')
  })

  it('can be continued, or left for another way to pay with the same tickets', async () => {
    const page = await aboutToPay()
    await choose(page, 'bank', 'en')
    await atBank(page)
    // Back to the basket, which leads to the payment.
    await page.goBack()
    await page.getByRole('link', { name: buyingText.en.toPayment }).click()
    await page.getByRole('link', { name: checkoutText.en.toProvider }).click()
    await atBank(page)
    await page.goBack()
    await page.getByText(checkoutText.en.actionLeft).waitFor()
    await page.getByRole('button', { name: checkoutText.en.anotherWay }).click()
    await page.getByText(flashText('payment-cancelled', 'en') ?? 'nothing').waitFor()
    await page.getByText(buyingText.en.held).waitFor()
    await pay(page)
    await confirmed(page).waitFor()
  })

  it('that is declined there can be tried again', async () => {
    const page = await aboutToPay()
    await choose(page, 'bank', 'en')
    await atBank(page)
    await page.getByRole('button', { name: 'Decline', exact: true }).click()
    await page.getByText(buyingText.en.states.declined).waitFor()
    await page.getByRole('link', { name: buyingText.en.tryAgain }).click()
    await pay(page)
    await confirmed(page).waitFor()
  })

  it('is shown on a page that waits at home when the fan pays at the bank in another tab', async () => {
    const page = await aboutToPay()
    await choose(page, 'bank', 'en')
    await atBank(page)
    const bank = page.url()
    await page.goBack()
    await page.getByRole('link', { name: buyingText.en.toPayment }).click()
    await page.getByText(checkoutText.en.action.redirect).waitFor()
    const tab = await page.context().newPage()
    await tab.goto(bank)
    await tab.getByRole('button', { name: 'Approve', exact: true }).click()
    await confirmed(page).waitFor()
  })
})

describe("a purchase with the provider's module on our page", () => {
  it.each(LOOKS)('is confirmed there, in %s on a %s', async (language, device) => {
    const page = await aboutToPay(language, device)
    await choose(page, 'script', language)
    await page.getByRole('button', { name: checkoutText[language].sandbox.approve }).click()
    await page.getByText(buyingText[language].states.confirmed).waitFor()
  })

  it('can be declined there by the keyboard alone, and paid in another way', async () => {
    const page = await aboutToPay()
    await page.getByLabel(checkoutText.en.methods['card-ok']).focus()
    for (const _ of ['card-declined', 'bank', 'script']) await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const decline = page.getByRole('button', { name: checkoutText.en.sandbox.decline })
    await decline.focus()
    await page.keyboard.press('Enter')
    await page.getByText(buyingText.en.states.declined).waitFor()
  })
})
