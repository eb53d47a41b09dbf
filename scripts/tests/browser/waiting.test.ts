import { describe, expect, it } from 'vitest'
import { buyingText } from '../../../gateway/web/fan/text/buying.ts'
import { drawText } from '../../../gateway/web/fan/text/draw.ts'
import { fanText } from '../../../gateway/web/fan/text/fan.ts'
import { roomText } from '../../../gateway/web/fan/text/room.ts'
import { roomPageText } from '../../../gateway/web/fan/text/room-page.ts'
import { commonText } from '../../../gateway/web/layout/text/common.ts'
import { setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { comeIn, confirmed, hold, pay, signUp, takePlace } from './fan.ts'
import { useSite } from './testing.ts'

const HOUR_MS = 3_600_000
const { site, visit } = useSite()
const { en: room } = roomText
const { en: buying } = buyingText

describe('a place in the waiting room', () => {
  it('survives a lost network, shows this, and recovers by itself', async () => {
    const sale = await setUpSale(site(), { room: { maxActive: 1 } })
    await sale.fill()
    await sale.queue(2)
    const page = await visit()
    await takePlace(page, sale.id)
    const position = page.locator('[data-part="position"]')
    expect(await position.innerText()).toBe('4')

    await page.context().setOffline(true)
    await page.getByText(commonText.en.offline).waitFor()
    expect(await position.innerText()).toBe('4')
    await sale.control({ maxActive: 50 })
    await page.context().setOffline(false)
    await page.getByText(room.turn).waitFor()
    await page.getByText(commonText.en.offline).waitFor({ state: 'hidden' })
  })

  it('is the same in two tabs, which do not buy twice', async () => {
    const sale = await setUpSale(site(), { room: { maxActive: 1 } })
    await sale.fill()
    await sale.queue(1)
    const first = await visit()
    await signUp(first, `/festivals/${sale.id}/room`)
    await takePlace(first, sale.id)
    const second = await first.context().newPage()
    await second.goto(`/festivals/${sale.id}/room`)
    for (const page of [first, second]) {
      expect(await page.locator('[data-part="position"]').innerText()).toBe('3')
    }
    await sale.control({ maxActive: 50 })
    await Promise.all([comeIn(first), comeIn(second)])

    await hold(first, 'Friday')
    await second.reload()
    await second.getByText(buying.held).waitFor()
    await pay(first)
    await confirmed(first).waitFor()
    // H8: the other tab says so too, by itself; what its old form sent would buy nothing.
    await second.getByRole('heading', { name: fanText.en.bought }).waitFor()
    const orders = await first.request.get('/api/orders')
    expect((await orders.json()) as unknown).toMatchObject({ orders: [{ festival: sale.id }] })
    const mine = await first.context().newPage()
    await mine.goto('/me')
    expect(await mine.locator('a.card').count()).toBe(1)
  })

  it('is shown correctly by a reload at any moment', async () => {
    const sale = await setUpSale(site(), { room: { maxActive: 1 } })
    await sale.fill()
    await sale.queue(4)
    const page = await visit()
    await takePlace(page, sale.id)
    const ahead = page.locator('[data-part="ahead"]')
    await page.getByLabel('Weekend').selectOption('1')
    await page.reload()
    await ahead.filter({ hasText: /^4$/ }).waitFor()
    expect(await page.getByLabel('Weekend').inputValue()).toBe('1')
    await page.getByRole('link', { name: room.signInWhile }).click()
    await signUp(page)
    await page.getByText(room.signedIn).waitFor()
    await page.reload()
    await ahead.filter({ hasText: /^4$/ }).waitFor()

    await sale.control({ maxActive: 50 })
    await page.getByText(buying.held).waitFor()
    await page.reload()
    await page.getByText(buying.held).waitFor()
    await page.goto(`/festivals/${sale.id}/room`)
    await page.getByText(room.admitted).waitFor()
    await page.getByRole('link', { name: room.toBasket }).click()
    await pay(page)
    await page.waitForURL(/\/payments\//)
    // The page may go on to the order at the same moment, which ends a reload.
    await expect.poll(() => page.reload().then(() => 'reloaded', String)).toBe('reloaded')
    await confirmed(page).waitFor()
    await page.reload()
    await confirmed(page).waitFor()

    // H8: what is bought is bought, and a new place is offered only to buy more.
    await page.goto(`/festivals/${sale.id}/room`)
    await page.getByRole('heading', { name: fanText.en.bought }).waitFor()
    expect(await page.getByRole('button', { name: room.enter }).count()).toBe(0)
    await page.getByRole('link', { name: fanText.en.buyMore }).click()
    await page.getByRole('button', { name: room.enter }).waitFor()
    expect(await page.getByText(room.admitted).count()).toBe(0)
  })

  it('results from a draw that the fan recomputes in the browser', async () => {
    const sale = await setUpSale(site(), {
      room: { order: 'draw', opensAt: new Date(Date.now() + HOUR_MS), maxActive: 1 },
    })
    await sale.queue(20)
    const page = await visit()
    await page.goto(`/festivals/${sale.id}/room`)
    await page.getByRole('button', { name: room.enter }).click()
    await page.getByText(room.lobby).waitFor()
    await sale.queue(20)
    await sale.control({ phase: 'open' })
    const [before = '', after = ''] = room.drawBehind.replace('{index}', '21').split('{position}')
    const lot = page.getByText(before)
    await lot.waitFor()
    const position = (await lot.innerText()).slice(before.length, -after.length)
    expect(position).toMatch(/^\d+$/)

    await page.getByRole('link', { name: roomPageText.en.check }).click()
    await page.getByRole('button', { name: drawText.en.check }).click()
    await page.getByText(drawText.en.good('41')).waitFor()
    // The sandbox's beacon, which is not the public one.
    await page.getByText('of a test beacon, not the public one').waitFor()
    await page.getByText(drawText.en.behind('21', position)).waitFor()
    await page.getByText(drawText.en.keyStored).waitFor()
  })
})

describe('M15: a fan who is called', () => {
  it.each(['phone', 'desktop'] as const)(
    'sees how long the turn lasts on a %s, and is warned once before it ends',
    async (device) => {
      const sale = await setUpSale(site(), { room: { maxActive: 1, graceSeconds: 120 } })
      await sale.fill()
      await sale.queue(1)
      const page = await visit({ device })
      await page.clock.install()
      await takePlace(page, sale.id)
      await page.getByText(/^(at least|under|about|between|less) /).waitFor()
      await sale.control({ maxActive: 50 })
      await page.clock.resume()
      await page.getByText(room.turn).waitFor()
      const left = page.locator('[data-part="turn-left"]')
      await left.filter({ hasText: /^Go in within 1:\d\d, or you’ll have to queue again\.$/ }).waitFor()
      const warning = page.locator('[data-part="turn-warning"]')
      expect(await warning.innerText()).toBe('')
      expect(await warning.getAttribute('role')).toBe('status')
      await page.clock.fastForward(95_000)
      await warning.filter({ hasText: room.turnEndsSoon }).waitFor()
    },
  )
})
