import { randomUUID } from 'node:crypto'
import type { Page } from 'playwright-core'
import { visitorWho } from './actor.ts'
import type { Sales } from './sales.ts'
import { type Scene, type Stage, scene } from './scene.ts'

/** What staff see at a gate. A ticket is let in once, before anyone looks: every time after that it has been used. */
export async function stageStaff(stage: Stage, { called }: Sales, ticket: string): Promise<Scene[]> {
  const staff = await visitorWho(stage, async (actor) => {
    await actor.signIn('staff')
    // The festival is yet to come.
    const confirmed = ['outside-window']
    const scan = { festival: called.id, id: randomUUID(), qr: ticket, gate: 'South', confirmed }
    await actor.must(201, 'POST', '/api/check-ins', scan)
    // Another gate had no network, and let the ticket in as well: a conflict for the organiser.
    const { festival, ...again } = { ...scan, id: randomUUID(), gate: 'East' }
    const at = new Date().toISOString()
    const batch = { festival, sentAt: at, scans: [{ ...again, at }] }
    await actor.must(200, 'POST', '/api/check-ins/batch', batch)
  })
  const path = `/staff/${called.id}?gate=North`
  const verdict = '[data-part="verdict"][data-result]'
  return [
    scene('staff', '/staff', staff),
    scene('staff-gate', path, staff, '#code'),
    { ...scene('staff-used', path, staff, verdict), act: type(ticket) },
    { ...scene('staff-unknown', path, staff, verdict), act: type('NO TICKET OF OURS') },
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
