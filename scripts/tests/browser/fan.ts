import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { accountsText } from '../../../gateway/web/account/text/accounts.ts'
import { mineText } from '../../../gateway/web/account/text/mine.ts'
import { buyingText } from '../../../gateway/web/fan/text/buying.ts'
import { checkoutText } from '../../../gateway/web/fan/text/checkout.ts'
import { roomText } from '../../../gateway/web/fan/text/room.ts'
import { roomPageText } from '../../../gateway/web/fan/text/room-page.ts'

/** A fan's actions on the pages, in English. */

const { en: room } = roomText
const { en: buying } = buyingText
const { en: checkout } = checkoutText
const { en: accounts } = accountsText

/** Takes a place in a room that admits no fan yet, so that the page stays. */
export async function takePlace(page: Page, festival: string): Promise<void> {
  await page.goto(`/festivals/${festival}/room`)
  await page.getByRole('button', { name: room.enter }).click()
  await page.getByText(roomPageText.en.ahead.after).waitFor()
}

/** Creates an account by the form, from any page that links to it. */
export async function signUp(page: Page, next?: string): Promise<void> {
  if (next !== undefined) await page.goto(`/sign-in?next=${encodeURIComponent(next)}`)
  await page.getByRole('link', { name: accounts.signUp }).click()
  await page.getByLabel(accounts.name).fill('Haneul Kim')
  await page.getByLabel(accounts.email).fill(`${randomUUID()}@naru.test`)
  await page.locator('#password').fill('a long password')
  await page.getByRole('button', { name: accounts.signUp }).click()
  await signedIn(page)
}

/** Leaving the page before would lose the session. */
async function signedIn(page: Page): Promise<void> {
  await page.waitForURL(({ pathname }) => !/^\/sign-(?:in|up)$/.test(pathname), { waitUntil: 'commit' })
}

/** From a waiting room, signed in and called, to the basket, its scripts included; there by itself or by the button. */
export async function comeIn(page: Page): Promise<void> {
  await page.getByRole('heading', { name: buying.heading }).waitFor()
  await page.waitForLoadState()
}

export async function hold(page: Page, type: string, quantity = 1): Promise<void> {
  await page.getByLabel(type).selectOption(String(quantity))
  await page.getByRole('button', { name: buying.hold }).click()
  await page.getByText(buying.held).waitFor()
}

export async function pay(page: Page, method: keyof typeof checkout.methods = 'card-ok'): Promise<void> {
  await page.getByLabel(checkout.methods[method]).check()
  await page.getByRole('button', { name: /^Pay / }).click()
}

export const confirmed = (page: Page) => page.getByText(buying.states.confirmed)

/** Signs in with an existing account, by the form, and continues to a page. */
export async function signIn(
  page: Page,
  { email, password }: { email: string; password: string },
  next: string,
): Promise<void> {
  await page.goto(`/sign-in?next=${encodeURIComponent(next)}`)
  await page.getByLabel(accounts.email).fill(email)
  await page.locator('#password').fill(password)
  await page.getByRole('button', { name: accounts.signIn }).click()
  await signedIn(page)
}

/** Creates an account and buys tickets of a type, without competition; ends where they are shown. */
export async function buyTickets(page: Page, festival: string, type: string, quantity = 1): Promise<void> {
  await signUp(page, `/festivals/${festival}/room`)
  await page.getByRole('button', { name: room.enter }).click()
  await comeIn(page)
  await hold(page, type, quantity)
  await pay(page)
  await confirmed(page).waitFor()
  await openTickets(page)
}

/** From a confirmed payment to its tickets, all of which are there. */
export async function openTickets(page: Page): Promise<void> {
  await page.getByRole('link', { name: buying.toTickets }).click()
  await page.getByText(mineText.en.showCode).waitFor()
  await page.waitForLoadState()
}
