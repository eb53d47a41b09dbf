import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { accountsText } from '../../../gateway/web/account/text/accounts.ts'
import { mineText } from '../../../gateway/web/account/text/mine.ts'
import { commonText } from '../../../gateway/web/layout/text/common.ts'
import { moment } from '../../../shared/format.ts'
import { SESSION_COOKIE } from '../../../shared/tokens/cookies.ts'
import { setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { buyTickets, signUp } from './fan.ts'
import { readAllCodes, readCodes } from './qr.ts'
import { useSite } from './testing.ts'

const { site, visit } = useSite()
const { en: text } = mineText

/** The codes on the page, read from its image. */
const shownCodes = async (page: Page) => (await readAllCodes(page.locator('.qr'))).toSorted()

/** Waits until the browser has cached a page with all its resources. */
const retained = (page: Page, path: string) => page.waitForFunction(`caches.match('${path}')`)

const expectNothingStored = (page: Page) =>
  page.waitForFunction(
    `caches.keys().then((names) => names.every((name) => name === 'naru-offline /offline'))`,
  )

/** Opens an order and My page in a browser that has bought tickets; the order's path. */
async function buyAndOpen(page: Page): Promise<string> {
  const sale = await setUpSale(site())
  await buyTickets(page, sale.id, 'Friday', 2)
  const { pathname } = new URL(page.url())
  await retained(page, pathname)
  await page.goto('/me')
  await retained(page, '/me')
  return pathname
}

/** Opens a path until there is what it leads to now: on a machine too busy to answer in time, a copy comes first. */
const openUntil = (page: Page, path: string, isThere: () => Promise<boolean>) =>
  expect.poll(() => page.goto(path).then(isThere)).toBe(true)

/** Whether a path leads to any page of ours. */
async function opens(page: Page, path: string): Promise<boolean> {
  return await page.goto(path).then(
    () => true,
    () => false,
  )
}

describe('tickets that were opened once', () => {
  it('are available without a network, with codes that another decoder reads, marked as a copy', async () => {
    const page = await visit()
    const order = await buyAndOpen(page)
    const copy = page.getByText(text.copy.before)
    await openUntil(page, order, () => copy.isHidden())
    const codes = await shownCodes(page)
    expect(codes).toHaveLength(2)

    await page.context().setOffline(true)
    await page.goto('/me')
    await copy.waitFor()
    const [timeZone, shown, instant] = await page
      .locator('time[data-moment]')
      .evaluate((time) => [
        Intl.DateTimeFormat().resolvedOptions().timeZone,
        time.textContent,
        time.getAttribute('datetime'),
      ])
    expect(shown).toBe(moment(instant ?? '', { timeZone: timeZone ?? '' }, 'en'))
    await page.locator('a.card').click()
    await page.waitForURL(order)
    await copy.waitFor()
    expect(await shownCodes(page)).toEqual(codes)
    await page.reload()
    expect(await shownCodes(page)).toEqual(codes)

    await page.context().setOffline(false)
    const again = await page.getByRole('link', { name: commonText.en.retry }).getAttribute('href')
    await openUntil(page, again ?? '', () => copy.isHidden())
    expect(await shownCodes(page)).toEqual(codes)
  })

  it('are void in the copy once the browser has seen them void', async () => {
    const page = await visit()
    const order = await buyAndOpen(page)
    await page.goto(order)
    await page.getByRole('link', { name: text.cancel }).click()
    await page.getByRole('button', { name: text.cancelYes(2) }).click()
    await page.waitForFunction(
      `caches.match('${order}').then((page) => page.text()).then((html) => !html.includes('class="qr"'))`,
    )
    await page.context().setOffline(true)
    await page.goto(order)
    await page.getByText(text.copy.before).waitFor()
    expect(await page.locator('.qr').count()).toBe(0)
  })

  it('are deleted from the browser when the fan signs out', async () => {
    const page = await visit()
    const order = await buyAndOpen(page)
    await page.getByRole('button', { name: text.signOut }).click()
    await page.getByText(accountsText.en.signedOut.here).waitFor()
    await expectNothingStored(page)
    await page.context().setOffline(true)
    expect(await opens(page, order)).toBe(false)
    expect(await opens(page, '/me')).toBe(false)
  })

  it('are not shown by going Back after signing out, with or without a network', async () => {
    const page = await visit()
    await buyAndOpen(page)
    await page.getByRole('button', { name: text.signOut }).click()
    await page.getByText(accountsText.en.signedOut.here).waitFor()
    const signIn = page.getByRole('heading', { name: accountsText.en.signIn })
    // My page, and before it the order.
    for (let step = 0; step < 2; step += 1) {
      await page.goBack()
      await signIn.waitFor()
      expect(new URL(page.url()).pathname).toBe('/sign-in')
      expect(await page.locator('.qr, a.card').count()).toBe(0)
    }
    await page.goForward()
    await signIn.waitFor()
    await page.context().setOffline(true)
    await page.goBack().catch(() => undefined)
    expect(await page.locator('.qr, a.card').count()).toBe(0)
  })

  it('are deleted when the fan signs out everywhere, and in every other browser at its next request', async () => {
    const page = await visit()
    const order = await buyAndOpen(page)
    const { cookies } = await page.context().storageState()
    const elsewhere = await visit()
    await elsewhere.context().addCookies(cookies)
    await elsewhere.goto(order)
    await retained(elsewhere, order)
    await page.goto('/me/account')
    await page.getByRole('button', { name: accountsText.en.everywhere }).click()
    await page.getByText(accountsText.en.signedOut.everywhere).waitFor()
    await expectNothingStored(page)

    // Its next request redirects to signing in.
    const signIn = elsewhere.getByRole('heading', { name: accountsText.en.signIn })
    await openUntil(elsewhere, order, () => signIn.isVisible())
    await expectNothingStored(elsewhere)
    await elsewhere.context().setOffline(true)
    expect(await opens(elsewhere, order)).toBe(false)
  })

  it('stay deleted when a response arrives during the deletion, since browsers store nothing in a deleted cache', async () => {
    const page = await visit()
    await page.goto('/')
    const put = `caches.open('gone').then(async (cache) => {
      await caches.delete('gone')
      await cache.put('/late', new Response('late'))
      return [await caches.keys(), await (await caches.open('gone')).keys()]
    })`
    expect(await page.evaluate(put)).toEqual([[], []])
  })

  it('are deleted when another account signs in', async () => {
    const page = await visit()
    const order = await buyAndOpen(page)
    await page.context().clearCookies({ name: SESSION_COOKIE })
    await signUp(page, '/')
    await page.waitForURL('/confirm-email?sent')
    await expectNothingStored(page)
    await page.context().setOffline(true)
    expect(await opens(page, order)).toBe(false)
  })
})

describe('printable tickets', () => {
  it('are a PDF that the browser shows, with the codes of the tickets', async () => {
    const sale = await setUpSale(site(), { name: '달빛 나루 페스티벌 🎪', place: 'Fête شارع '.repeat(10) })
    const page = await visit({ device: 'desktop' })
    await buyTickets(page, sale.id, 'Friday')
    const codes = await shownCodes(page)
    await page.getByRole('link', { name: text.print }).click()
    await page.waitForURL(/tickets\.pdf$/)
    await expect.poll(() => readCodes(page.locator('html'))).toEqual(codes)
  })
})
