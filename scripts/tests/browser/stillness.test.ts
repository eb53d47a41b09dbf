import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { buyingText } from '../../../gateway/web/fan/text/buying.ts'
import { roomText } from '../../../gateway/web/fan/text/room.ts'
import { roomPageText } from '../../../gateway/web/fan/text/room-page.ts'
import { commonText } from '../../../gateway/web/layout/text/common.ts'
import { setUpSale } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { signUp } from './fan.ts'
import { useSite } from './testing.ts'

/** Web Vitals call 0.1 good; one announcement that slides under another is 0.013, the page itself would be 0.1 and more. */
const SHIFT_MAX = 0.03

const { site, visit } = useSite()
const { en: room } = roomText

describe('there is no layout shift', () => {
  it('for a fan in the waiting room, from taking a place to going in', async () => {
    const sale = await setUpSale(site(), { room: { maxActive: 1 } })
    await sale.fill()
    await sale.queue(3)
    const page = await visit()
    await signUp(page, `/festivals/${sale.id}/room`)
    await page.getByRole('button', { name: room.enter }).waitFor()
    const expectStill = await watchShifts(page)
    await page.reload()
    await page.getByRole('button', { name: room.enter }).click()
    await page.locator('[data-part="ahead"]').filter({ hasText: /^3$/ }).waitFor()
    await sale.control({ phase: 'paused', notice: { ko: '잠시 멈춥니다', en: 'A short pause' } })
    await page.getByText('A short pause').waitFor()
    await page.getByText(room.paused).waitFor()
    await page.context().setOffline(true)
    await page.getByText(commonText.en.offline).waitFor()
    await page.context().setOffline(false)
    await page.getByText(commonText.en.offline).waitFor({ state: 'hidden' })
    await sale.control({ phase: 'open', notice: null })
    await page.getByText('A short pause').waitFor({ state: 'hidden' })
    await expectStill()
    await sale.control({ maxActive: 50 })
    await page.getByRole('heading', { name: buyingText.en.heading }).waitFor()
    await expectStill()
  })

  it('for a fan who is called before they have signed in', async () => {
    const sale = await setUpSale(site(), { room: { maxActive: 1 } })
    await sale.fill()
    const page = await visit()
    const expectStill = await watchShifts(page)
    await page.goto(`/festivals/${sale.id}/room`)
    await page.getByRole('button', { name: room.enter }).click()
    await page.getByText(roomPageText.en.ahead.after).waitFor()
    await sale.control({ maxActive: 50 })
    await page.getByText(room.turn).waitFor()
    await expectStill()
  })
})

const OBSERVE = `
  window.shifts = JSON.parse(sessionStorage.getItem('shifts') ?? '[]')
  new PerformanceObserver((list) => {
    for (const { value, hadRecentInput, sources } of list.getEntries()) {
      const notices = document.querySelector('.announcements')
      const isBelow = ({ node }) => node && notices && notices.compareDocumentPosition(node) & 4
      if (hadRecentInput || sources.every(isBelow)) continue
      shifts.push({ value, moved: sources.map(({ node }) => node?.textContent?.trim().slice(0, 40)) })
    }
    sessionStorage.setItem('shifts', JSON.stringify(shifts))
  }).observe({ type: 'layout-shift', buffered: true })`

/**
 * Watches every page from its next one on; then expects that nothing moved but by a touch (Layout Instability, 2.4), or by
 * a notice above it: place and turn stand above the notices.
 */
async function watchShifts(page: Page): Promise<() => Promise<void>> {
  await page.addInitScript({ content: OBSERVE })
  // A frame later, the observer has been told of all that is on the screen.
  const drawn = 'new Promise((resolve) => requestAnimationFrame(() => setTimeout(() => resolve(shifts))))'
  return async () => {
    const shifts = await page.evaluate<{ value: number; moved: string[] }[]>(drawn)
    const total = shifts.reduce((sum, { value }) => sum + value, 0)
    expect(total, JSON.stringify(shifts)).toBeLessThan(SHIFT_MAX)
  }
}

describe('M14: notices', () => {
  it.each(['phone', 'desktop'] as const)(
    'cover no control on a %s, and are announced in the other language where they exist in one only',
    async (device) => {
      const sale = await setUpSale(site(), { room: { maxActive: 1 } })
      await sale.fill()
      const page = await visit({ device })
      await page.goto(`/festivals/${sale.id}/room`)
      await page.getByRole('button', { name: room.enter }).click()
      await page.getByText(roomPageText.en.ahead.after).waitFor()
      const words = '비가 와서 잠시 멈춥니다. '.repeat(8).trim()
      await sale.control({ phase: 'paused', notice: { ko: words, en: null } })
      const notice = page.locator('[data-part="notice"]')
      await notice.filter({ hasText: words }).waitFor()
      expect(await notice.getAttribute('lang')).toBe('ko')
      const controls = page.locator('main select, main button:visible, main a[href]:visible')
      expect(await controls.count()).toBeGreaterThan(4)
      for (const control of await controls.all()) {
        await control.focus()
        // A user who moves the focus there sees all of it (WCAG 2.2, success criterion 2.4.11).
        const covered = await page.evaluate<string>(`(${COVERED_BY})(document.activeElement)`)
        expect(covered).toBe('')
      }
    },
  )
})

/** What lies over an element's corners and middle, and is not a part of it; '' for nothing. */
const COVERED_BY = `(element) => {
  const { left, right, top, bottom } = element.getBoundingClientRect()
  const points = [[left + 2, top + 2], [right - 2, bottom - 2], [(left + right) / 2, (top + bottom) / 2]]
  const over = points.map(([x, y]) => document.elementFromPoint(x, y))
  return over.filter((found) => found && !element.contains(found) && !found.contains(element)).map((found) => found.outerHTML).join(' ')
}`
