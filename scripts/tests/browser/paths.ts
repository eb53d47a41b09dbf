import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { mineText } from '../../../gateway/web/account/text/mine.ts'
import { buyingText } from '../../../gateway/web/fan/text/buying.ts'
import { staffText } from '../../../gateway/web/staff/text/staff.ts'
import type { Engine } from '../../develop/browsers/drivers.ts'
import { ENTER, type WebDriverPage } from '../../develop/browsers/webdriver.ts'
import { makeAccount, type Sale, setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import type { TestSystem } from '../e2e/system.ts'
import type { Front } from './front.ts'

/** The journeys of fans, staff and organisers in any browser, from beginning to end. */

/** Where a path is walked: a site as its front shows it, and the browser that opens it. */
export type Ground = { engine: Engine; system: TestSystem; front: Front }

const { en: mine } = mineText
const { en: staff } = staffText
const PASSWORD = 'a long password'

/** Creates an account by the form, and returns to where it was requested. */
async function signUp(page: WebDriverPage, next: string): Promise<void> {
  await page.open(`/sign-up?next=${encodeURIComponent(next)}`)
  await page.type('#name', 'Haneul Kim')
  await page.type('#email', `${randomUUID()}@naru.test`)
  await page.type('#password', PASSWORD)
  await page.follow('form[action^="/sign-up"] button')
}

/** Signs in by the form; returns the path that it redirects to. */
async function signIn(
  page: WebDriverPage,
  { email, password }: { email: string; password: string },
  next: string,
): Promise<string> {
  await page.open(`/sign-in?next=${encodeURIComponent(next)}`)
  await page.type('#email', email)
  await page.type('#password', password)
  await page.follow('form[action^="/sign-in"] button')
  return page.path()
}

/** From the waiting room to the tickets of a paid order; the path of the order. */
async function buy(page: WebDriverPage, sale: Sale, quantity: number): Promise<string> {
  await signUp(page, `/festivals/${sale.id}/room`)
  // A fan who is called immediately goes in automatically.
  await page.follow('form[action$="/room/enter"] button')
  await page.read('form[action$="/buy/hold"]')
  await page.click(`select[name^="type-"] option:nth-child(${quantity + 1})`)
  await page.follow('form[action$="/buy/hold"] button')
  await page.follow('form[action$="/buy/pay"] button')
  await page.read({ text: buyingText.en.states.confirmed })
  await page.follow({ text: buyingText.en.toTickets })
  await page.read({ text: mine.showCode })
  return page.path()
}

/** The codes of an order's page, as they are typed at the gate. */
async function codesOn(page: WebDriverPage): Promise<string[]> {
  const texts = await page.run('return [...document.querySelectorAll(".typed")].map((e) => e.textContent)')
  expect(texts).toEqual(expect.arrayContaining([expect.any(String)]))
  return (texts as unknown[]).map(String)
}

/** Waits until the browser has cached a page, with its tickets or without. */
async function retained(page: WebDriverPage, path: string, withTickets: boolean): Promise<void> {
  const variant = `return caches.match(arguments[0]).then((kept) => kept?.text() ?? '')`
  await expect
    .poll(async () => {
      const html = String(await page.run(variant, path))
      return html === '' ? undefined : html.includes('class="qr"')
    })
    .toBe(withTickets)
}

/** Buys two tickets, opens them without a network, goes Back to them, and cancels the order. */
export async function buyGoOfflineAndCancel({ engine, system, front }: Ground): Promise<void> {
  const sale = await setUpSale(system)
  const page = await engine.visit(front.url)
  const order = await buy(page, sale, 2)
  const codes = await codesOn(page)
  expect(codes).toHaveLength(2)
  await retained(page, order, true)
  await page.open('/me')
  await expect.poll(() => page.run('return caches.match("/me").then(Boolean)')).toBe(true)

  front.connected = false
  await page.open(order)
  await page.read({ text: mine.copy.before.trim() })
  expect(await codesOn(page)).toEqual(codes)
  await page.back()
  expect(await page.path()).toBe('/me')
  front.connected = true

  await page.open(order)
  await page.follow('a[href$="/cancel"]')
  await page.follow('form[action$="/cancel"] button')
  await expect
    .poll(async () => {
      await page.open(order)
      return page.run('return document.querySelectorAll(".qr").length')
    })
    .toBe(0)
  await retained(page, order, false)
}

/** Buys a ticket, which staff then admit by its typed code, once. */
export async function checkInByTyping({ engine, system, front }: Ground): Promise<void> {
  const sale = await setUpSale(system, { startsAt: new Date(), endsAt: new Date(Date.now() + 86_400_000) })
  const fan = await engine.visit(front.url)
  await buy(fan, sale, 1)
  const [code = ''] = await codesOn(fan)
  const gate = await engine.visit(front.url)
  await signIn(gate, await makeAccount(system, 'staff'), `/staff/${sale.id}?gate=North`)
  // Before its module runs, the page is the one without JavaScript.
  await expect.poll(() => gate.run('return document.querySelectorAll(".needs-script").length')).toBe(0)
  for (const result of ['admitted', 'already-used'] as const) {
    await gate.type('#code', code + ENTER)
    await gate.read({ text: staff.results[result] })
  }
  // No engine has a camera here, each with a different error.
  await gate.run(`document.querySelector('[data-part="start-camera"]').click()`)
  await gate.read({ text: staff.cameraErrors.none })
}

/** An organiser opens the live page of a sale, which updates itself. */
export async function followLivePage({ engine, system, front }: Ground): Promise<void> {
  const sale = await setUpSale(system)
  const page = await engine.visit(front.url)
  const path = `/organiser/festivals/${sale.id}/live`
  expect(await signIn(page, await makeAccount(system, 'organiser'), path)).toBe(path)
  await page.run('window.naruStayed = true')
  const held = () => page.run(`return document.querySelector('[data-part="tile-held"]')?.textContent`)
  await expect.poll(held).toBe('0')
  await sale.fill()
  await expect.poll(held).toBe('1')
  expect(await page.run('return window.naruStayed')).toBe(true)
}

/** Signs in, stays signed in over a reload, and signs out. */
export async function signInAndStay({ engine, system, front }: Ground): Promise<void> {
  const page = await engine.visit(front.url)
  expect(await signIn(page, await makeAccount(system, 'fan'), '/me')).toBe('/me')
  await page.reload()
  expect(await page.path()).toBe('/me')
  await page.follow('form[action="/sign-out"] button')
  expect(await page.path()).toBe('/sign-in')
}

/** Signs out from My page, which a service worker has kept, and goes Back: no form stands under another page's address. */
export async function signOutAndGoBack({ engine, system, front }: Ground): Promise<void> {
  const page = await engine.visit(front.url)
  await signIn(page, await makeAccount(system, 'fan'), '/me')
  await expect.poll(() => page.run('return caches.match("/me").then(Boolean)')).toBe(true)
  await page.reload()
  await page.follow('form[action="/sign-out"] button')
  await page.read('form[action^="/sign-in"]')
  await page.back()
  await page.read('form[action^="/sign-in"]')
  expect(await page.path()).toBe('/sign-in')
}

/** Enters a waiting room by the form, as a browser sends it that knows no Fetch Metadata, and keeps the place. */
export async function enterWithoutFetchMetadata({ engine, system, front }: Ground): Promise<void> {
  const sale = await setUpSale(system, { room: { opensAt: new Date(Date.now() + 3_600_000) } })
  front.dropsFetchMetadata = true
  const page = await engine.visit(front.url)
  await page.open(`/festivals/${sale.id}/room`)
  // Sent by the form itself, without the script that would send it otherwise.
  await page.run(`document.querySelector('form[action$="/room/enter"]').submit()`)
  const entered = async () => (await sale.status())['entries']
  await expect.poll(entered).toBe(1)
  await page.open(`/festivals/${sale.id}/room`)
  expect(await page.run(`return document.querySelectorAll('form[action$="/room/leave"]').length`)).toBe(1)
}
