import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { visitorAfter } from './client.ts'
import type { Sales } from './sales.ts'
import { type Scenario, type Setup, scenario } from './scenario.ts'

/** What staff see at a gate. A ticket is let in once, before anyone looks: every time after that it has been used. */
export async function setUpStaff(setup: Setup, { called }: Sales, ticket: string): Promise<Scenario[]> {
  const staff = await visitorAfter(setup, async (client) => {
    await client.signIn('staff')
    // The festival is yet to come.
    const confirmed = ['outside-window']
    const scan = { festival: called.id, id: randomUUID(), qr: ticket, gate: 'South', confirmed }
    await client.must(201, 'POST', '/api/check-ins', scan)
    // Another gate had no network, and let the ticket in as well: a conflict for the organiser.
    const { festival, ...again } = { ...scan, id: randomUUID(), gate: 'East' }
    const at = new Date().toISOString()
    const batch = { festival, sentAt: at, scans: [{ ...again, at }] }
    await client.must(200, 'POST', '/api/check-ins/batch', batch)
  })
  const path = `/staff/${called.id}?gate=North`
  const verdict = '[data-part="verdict"][data-result]'
  return [
    scenario('staff', '/staff', staff),
    scenario('staff-gate', path, staff, '#code'),
    { ...scenario('staff-used', path, staff, verdict), act: type(ticket) },
    { ...scenario('staff-unknown', path, staff, verdict), act: type('NO TICKET OF OURS') },
  ]
}

function type(code: string): (page: Page) => Promise<void> {
  return async (page) => {
    // The page's module is there once it has the list: what is sent before has an answer on a page of its own.
    await page.locator('[data-part="list"]').filter({ hasText: /\d/ }).waitFor()
    await page.locator('#code').fill(code)
    await page.keyboard.press('Enter')
  }
}
