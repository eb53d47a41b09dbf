import { eq } from 'drizzle-orm'
import type { Page } from 'playwright-core'
import { v7 as uuidv7 } from 'uuid'
import { accounts } from '../../../drizzle/schema/accounts.ts'
import { staffText } from '../../../gateway/web/staff/text/staff.ts'
import { beginPayments } from '../../../origin/payments/process/record-payments.ts'
import { settlePayments } from '../../../origin/payments/process/settle-payments.ts'
import { makeTestFestival, makeTestPayment } from '../../../origin/testing/origin.ts'
import { makeAccount, type Site, until } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { call } from '../e2e/http.ts'

const { en: text } = staffText

export type Ticket = { id: string; qr: string; typed: string; number: number }

/** A festival with one order of this many tickets. */
export async function sellTickets(
  { db, gatewayUrl }: Site,
  quantity: number,
): Promise<{ festival: string; sold: Ticket[] }> {
  const festival = await makeTestFestival({ db }, { quantities: [quantity], accountLimit: quantity })
  const fan = await makeAccount({ db }, 'fan', 'Haneul Kim')
  const [account] = await db.select({ id: accounts.id }).from(accounts).where(eq(accounts.email, fan.email))
  const payment = makeTestPayment(festival, account?.id ?? '', quantity)
  await beginPayments(db, [payment], new Date())
  const outcome = { status: 'succeeded', chargeId: uuidv7() } as const
  await settlePayments(db, [{ payment, outcome }], new Date())
  const session = await call(gatewayUrl, 'POST', '/api/sessions', { body: fan })
  const answer = await call(gatewayUrl, 'GET', '/api/orders', { token: String(session.body['token']) })
  const [order] = answer.body['orders'] as { tickets: Ticket[] }[]
  await until(
    async () => (await call(gatewayUrl, 'GET', `/api/festivals/${festival.id}`)).status === 200,
    `the festival ${festival.id}`,
  )
  return { festival: festival.id, sold: order?.tickets ?? [] }
}

/** Until its module runs, the page is the one without JavaScript. */
export async function gateIsReady(page: Page): Promise<void> {
  await page.locator('.needs-script').first().waitFor({ state: 'detached' })
}

/** Types a code as a hand scanner does, into the focused element; returns the verdict, as code and text. */
export async function scan(page: Page, code: string): Promise<{ result: string; words: string }> {
  await gateIsReady(page)
  await page.keyboard.type(code)
  await page.keyboard.press('Enter')
  // Enter has cleared the previous verdict.
  const verdict = page.locator('[data-part="verdict"][data-result]')
  await verdict.waitFor()
  return { result: (await verdict.getAttribute('data-result')) ?? '', words: await verdict.innerText() }
}

/** Undoes the last admission. */
export async function undoLast(page: Page): Promise<void> {
  await page.getByRole('button', { name: text.undo }).click()
  await page.getByRole('button', { name: text.undoThis, exact: true }).click()
  await page.getByText(text.undone).waitFor()
}
