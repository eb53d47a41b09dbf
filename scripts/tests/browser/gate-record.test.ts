import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { organiserGateText } from '../../../gateway/web/organiser/text/organiser-gate.ts'
import { staffText } from '../../../gateway/web/staff/text/staff.ts'
import { makeAccount, type Sale, setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { buyTickets, signIn } from './fan.ts'
import { gateIsReady, scan as typeScan, undoLast } from './gate.ts'
import { useSite } from './testing.ts'

const { site, visit } = useSite()
const { en: text } = staffText
const { en: gateText } = organiserGateText
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
/** Five browsers, three purchases and eleven scans. */
const TIMEOUT_MS = 240_000

type Order = { id: string; tickets: { qr: string; number: number }[] }
type Device = { page: Page; name: string }

/** Calls the API as the page's own scripts do. */
function api(page: Page, method: string, path: string): Promise<unknown> {
  return page.evaluate(async ([how, where]) => (await fetch(where, { method: how })).json(), [
    method,
    path,
  ] as const)
}

async function buy(sale: Sale, quantity: number): Promise<{ page: Page; order: Order }> {
  const page = await visit()
  await buyTickets(page, sale.id, 'Friday', quantity)
  const { orders } = (await api(page, 'GET', '/api/orders')) as { orders: Order[] }
  const [order] = orders
  if (order === undefined) throw new Error('The fan has no order')
  return { page, order }
}

/** A device at a gate whose clock is fast by this much, prepared for times without a network. */
async function openDevice(sale: Sale, name: string, aheadMs: number): Promise<Device> {
  const page = await visit()
  await page.clock.install({ time: Date.now() + aheadMs })
  await signIn(page, await makeAccount(site(), 'staff'), `/staff/${sale.id}?gate=${name}`)
  await page.getByText(/^Offline-ready: /).waitFor()
  await page.waitForFunction('caches.match(location.pathname)')
  return { page, name }
}

const scan = async ({ page }: Device, code: string) => (await typeScan(page, code)).result

const waiting = ({ page }: Device) => page.locator('[data-part="waiting"]')

/** Restores the device's network. The response to the first batch is lost, so that it is sent twice. */
async function reconnect(device: Device): Promise<void> {
  let batches = 0
  await device.page.route('**/api/check-ins/batch', async (route) => {
    batches += 1
    if (batches > 1) return await route.continue()
    await route.fetch()
    await route.abort()
  })
  await device.page.context().setOffline(false)
  await waiting(device).waitFor({ state: 'hidden' })
  expect(batches).toBeGreaterThan(1)
}

it(
  'M10: what two gates did without a network, their clocks 10 minutes off, reaches the organiser exactly once',
  async () => {
    const now = Date.now()
    const sale = await setUpSale(site(), { startsAt: new Date(now), endsAt: new Date(now + DAY_MS) })
    const { order } = await buy(sale, 4)
    const [twice = '', once = '', undone = '', twiceToo = ''] = order.tickets.map(({ qr }) => qr)
    const cancelled = await buy(sale, 1)
    const ahead = await openDevice(sale, 'North', 10 * MINUTE_MS)
    const behind = await openDevice(sale, 'South', -10 * MINUTE_MS)
    // Sold after the devices have fetched their lists.
    const late = await buy(sale, 1)
    const [lateTicket = { qr: '', number: 0 }] = late.order.tickets
    const [cancelledTicket = { qr: '', number: 0 }] = cancelled.order.tickets

    for (const { page } of [ahead, behind]) await page.context().setOffline(true)
    await api(cancelled.page, 'POST', `/api/orders/${cancelled.order.id}/cancellation`)
    expect(await scan(ahead, twice)).toBe('admitted')
    expect(await scan(behind, twice)).toBe('admitted')
    expect(await scan(behind, twiceToo)).toBe('admitted')
    expect(await scan(ahead, twiceToo)).toBe('admitted')
    expect(await scan(ahead, once)).toBe('admitted')
    expect(await scan(ahead, once)).toBe('already-used')
    expect(await scan(ahead, undone)).toBe('admitted')
    await undoLast(ahead.page)
    expect(await scan(behind, undone)).toBe('admitted')
    expect(await scan(ahead, cancelledTicket.qr)).toBe('admitted')
    expect(await scan(behind, lateTicket.qr)).toBe('not-listed')
    expect(await scan(behind, 'https://example.com')).toBe('unknown')
    // Pending scans survive a reload, which also has no network.
    await ahead.page.reload()
    await gateIsReady(ahead.page)
    await expectText(ahead, text.waiting('6'))
    await expectText(behind, text.waiting('5'))

    await reconnect(behind)
    await reconnect(ahead)
    await expectButtonsStay(ahead)
    // Somebody has looked at what the device itself shows: the organiser's list stays as it is.
    const seen = ahead.page.getByRole('button', { name: text.seen })
    for (let left = await seen.count(); left > 0; left -= 1) {
      await seen.first().click()
      await expect.poll(() => seen.count()).toBe(left - 1)
    }

    const organiser = await visit()
    const account = await makeAccount(site(), 'organiser')
    await signIn(organiser, account, `/organiser/festivals/${sale.id}/gate`)
    await organiser.getByRole('heading', { name: gateText.gate, exact: true }).waitFor()
    const found = await organiser.locator('[data-part="conflicts"] > li').evaluateAll((items) =>
      items.map((item) => ({
        number: Number(/No\. (\d+)/.exec(item.querySelector('h3')?.textContent ?? '')?.[1]),
        kinds: [...item.querySelectorAll('[data-kind]')].map((tag) => tag.getAttribute('data-kind')),
        rows: [...item.querySelectorAll('tbody tr')].map((row) =>
          [...row.querySelectorAll('td')].map((cell) => cell.textContent),
        ),
      })),
    )
    const [twiceNumber, , undoneNumber, twiceTooNumber] = order.tickets.map(({ number }) => number)
    const byNumber = (a: { number?: number | undefined }, b: { number?: number | undefined }) =>
      (a.number ?? 0) - (b.number ?? 0)
    expect(found.map(({ number, kinds }) => ({ number, kinds })).sort(byNumber)).toEqual(
      [
        { number: twiceNumber, kinds: ['admitted-twice'] },
        { number: twiceTooNumber, kinds: ['admitted-twice'] },
        { number: undoneNumber, kinds: ['admitted-after-undo'] },
        { number: cancelledTicket.number, kinds: ['void-admitted'] },
        { number: lateTicket.number, kinds: ['refused-valid'] },
      ].sort(byNumber),
    )
    // In the order of the events, whatever the clocks showed.
    const gatesOf = (number: number | undefined) =>
      found.find((conflict) => conflict.number === number)?.rows.map(([gate, , , , clock]) => [gate, clock])
    const north = ['North', gateText.clock.ahead('10 minutes')]
    const south = ['South', gateText.clock.behind('10 minutes')]
    expect(gatesOf(twiceNumber)).toEqual([north, south])
    expect(gatesOf(twiceTooNumber)).toEqual([south, north])

    const csv = await organiser.evaluate(
      async (path) => (await fetch(path)).text(),
      `/api/admin/rooms/${sale.id}/check-ins/scans.csv`,
    )
    const ids = csv
      .trim()
      .split('\r\n')
      .slice(1)
      .map((line) => line.split(',')[0])
    expect([ids.length, new Set(ids).size]).toEqual([11, 11])
  },
  TIMEOUT_MS,
)

/** The device asks the server for everything again, which takes no button away from a person who is pressing it. */
async function expectButtonsStay({ page }: Device): Promise<void> {
  const button = await page.getByRole('button', { name: text.seen }).last().elementHandle()
  const listed = page.waitForResponse(/\/check-ins\/list\?/)
  await page.evaluate("dispatchEvent(new Event('online'))")
  await listed
  expect(await button?.evaluate((element) => element.isConnected)).toBe(true)
}

async function expectText(device: Device, words: string): Promise<void> {
  await waiting(device).filter({ hasText: words }).waitFor()
}
