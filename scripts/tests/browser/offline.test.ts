import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { accountsText } from '../../../gateway/web/account/text/accounts.ts'
import { mineText } from '../../../gateway/web/account/text/mine.ts'
import { festivalsText } from '../../../gateway/web/fan/text/festivals.ts'
import { roomText } from '../../../gateway/web/fan/text/room.ts'
import { offlineText } from '../../../gateway/web/layout/text/offline.ts'
import { setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { signUp, takePlace } from './fan.ts'
import { useSite } from './testing.ts'

const { site, visit } = useSite()
const { en: text, ko: korean } = offlineText

/** Waits until the page works without a network: the service worker runs, and has cached this page. */
async function keptBy(page: Page, path: string): Promise<void> {
  await page.waitForFunction(
    `navigator.serviceWorker.ready.then(({ active }) => active.state === 'activated')`,
  )
  await page.waitForFunction(`caches.match('${path}')`)
}

const cacheNames = (page: Page) =>
  page.evaluate<string[]>(
    `caches.keys().then((names) => [...names, ...Object.keys(localStorage)].filter((name) => /festivals|seen/.test(name)))`,
  )

describe('the waiting room without a network', () => {
  it('shows after a reload that the place is safe with its last state, and recovers by itself', async () => {
    const sale = await setUpSale(site(), { room: { maxActive: 1 } })
    await sale.fill()
    await sale.queue(2)
    const page = await visit()
    await takePlace(page, sale.id)
    await keptBy(page, '/offline')
    await page.context().setOffline(true)
    await page.reload()
    await page.getByRole('heading', { name: text.title }).waitFor()
    await page.getByText(/ there were 2 people ahead of you\. /).waitFor()
    expect(await page.getByText(text.safe).isVisible()).toBe(true)
    expect(await page.getByText(korean.safe).isVisible()).toBe(false)
    expect(await page.title()).toBe(text.title)

    await page.context().setOffline(false)
    await page.locator('[data-part="ahead"]').filter({ hasText: /^2$/ }).waitFor()
  })

  it('does not show an outdated turn, and is in Korean for a Korean browser, as is the basket’s page', async () => {
    const sale = await setUpSale(site())
    const page = await visit({ language: 'ko' })
    await page.goto(`/festivals/${sale.id}/room`)
    await page.getByRole('button', { name: roomText.ko.enter }).click()
    await page.getByText(roomText.ko.turn).waitFor()
    await keptBy(page, '/offline')
    await page.context().setOffline(true)
    const another = await page.context().newPage()
    for (const path of ['room', 'buy']) {
      await another.goto(`/festivals/${sale.id}/${path}`)
      await another.getByRole('heading', { name: korean.title }).waitFor()
      await another.getByText(/에 차례가 되었습니다\. /).waitFor()
      expect(await another.getByText(roomText.ko.turn).count()).toBe(0)
      expect(await another.getByText(text.safe).isVisible()).toBe(false)
    }
  })
})

describe('a festival’s page without a network', () => {
  it('is a copy that shows its time, and is replaced by itself when the network returns', async () => {
    const opensAt = new Date(Date.now() + 3_600_000)
    const sale = await setUpSale(site(), { name: 'Night Ferry', room: { lobbyAt: new Date(), opensAt } })
    const page = await visit()
    const path = `/festivals/${sale.id}`
    await page.goto(path)
    await page.getByText(festivalsText.en.saleOpensIn).waitFor()
    await keptBy(page, path)
    await page.context().setOffline(true)
    const another = await page.context().newPage()
    await another.goto(path)
    const copy = another.getByText(text.copy.before)
    await copy.waitFor()
    expect(await copy.innerText()).toMatch(
      /^You’re offline\. Saved copy from \w{3} \d{1,2} \w+ \d{4}, \d\d:\d\d; availability may have changed since\. Try again$/,
    )
    expect(await another.getByRole('heading', { name: 'Night Ferry' }).isVisible()).toBe(true)
    // Counting down to an opening that may have been moved.
    expect(await another.getByText(festivalsText.en.saleOpensIn).isVisible()).toBe(false)

    await page.context().setOffline(false)
    await another.getByText(festivalsText.en.saleOpensIn).waitFor()
    expect(await copy.isVisible()).toBe(false)
  })

  it('explains that the place is safe where the browser has no copy of the page', async () => {
    const [seen, unseen] = [await setUpSale(site()), await setUpSale(site())]
    const page = await visit()
    await page.goto(`/festivals/${seen.id}`)
    await keptBy(page, '/offline')
    await page.context().setOffline(true)
    await page.goto(`/festivals/${unseen.id}`)
    await page.getByText(text.updates).waitFor()
    expect(await page.locator('[data-seen]:visible').count()).toBe(0)
    await page.context().setOffline(false)
    await page.getByRole('link', { name: festivalsText.en.enter }).waitFor()
  })
})

it('deletes its copies of a sale when the fan signs out', async () => {
  const sale = await setUpSale(site(), { room: { maxActive: 1 } })
  await sale.fill()
  const page = await visit()
  await signUp(page, `/festivals/${sale.id}/room`)
  await takePlace(page, sale.id)
  await page.locator(`a[href="/festivals/${sale.id}"]`).first().click()
  await keptBy(page, `/festivals/${sale.id}`)
  expect(await cacheNames(page)).toEqual([`naru-festivals /festivals/${sale.id}`, `naru-seen-${sale.id}`])
  await page.goto('/me')
  await page.getByRole('button', { name: mineText.en.signOut }).click()
  await page.getByText(accountsText.en.signedOut.here).waitFor()
  await expect.poll(() => cacheNames(page)).toEqual([])
})
