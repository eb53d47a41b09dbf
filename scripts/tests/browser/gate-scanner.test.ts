import { setTimeout as wait } from 'node:timers/promises'
import { asc, eq } from 'drizzle-orm'
import type { CDPSession } from 'playwright-core'
import { expect, it } from 'vitest'
import { gateScans } from '../../../drizzle/schema/gate.ts'
import { tickets } from '../../../drizzle/schema/purchases.ts'
import { makeAccount } from '../../develop/screenshots/scenarios/set-up-sale.ts'
import { signIn } from './fan.ts'
import { gateIsReady, sellTickets, type Ticket } from './gate.ts'
import { useSite } from './testing.ts'

const { site, visit } = useSite()
const SCANS = 200
const TICKETS = 180
const UNKNOWN_EVERY = 25
/** Gaps are from 50 ms to 2 s as at a gate, but most are short: their mean is 100 ms, or the test would take minutes. */
const GAP_MS = { min: 50, max: 2000, power: 38 }
const ANSWER_MS_MAX = 2000
/** The first and last scan without a network. */
const AWAY = [
  { from: 60, to: 90 },
  { from: 130, to: 165 },
] as const
const TIMEOUT_MS = 300_000
const SEED = 20_261_129

type Scan = { text: string; number: number | undefined; variant: Variant }
type Variant = 'yes' | 'no'
type Seen = { looks: string[]; hertz: number[] }

/** A generator of numbers from 0 to 1 (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Every ticket once, some again, and some codes of no ticket; most are typed codes, which a scanner types faster. */
function makeScans(sold: readonly Ticket[], random: () => number): Scan[] {
  const scans: Scan[] = []
  for (const [i, { qr, typed, number }] of sold.entries()) {
    scans.push({ text: i % 9 === 0 ? qr : typed, number, variant: 'yes' })
  }
  while (scans.length < SCANS) {
    const at = 1 + Math.floor(random() * (scans.length - 1))
    const { number } = scans[Math.floor(random() * at)] ?? {}
    const again = sold.find((ticket) => ticket.number === number)
    const isUnknown = scans.length % UNKNOWN_EVERY === 0 || again === undefined
    scans.splice(
      at,
      0,
      isUnknown
        ? { text: `9-${scans.length}-ABC123`, number: undefined, variant: 'no' }
        : { text: again.typed, number, variant: 'no' },
    )
  }
  return scans
}

/** Records in the page what is shown and played there. */
const WATCH = `
  globalThis.seen = { looks: [], hertz: [] }
  const { start } = OscillatorNode.prototype
  OscillatorNode.prototype.start = function (when) {
    seen.hertz.push(this.frequency.value)
    start.call(this, when)
  }
  new MutationObserver((changes) => {
    for (const { target, addedNodes } of changes) {
      if (target.dataset?.part === 'history') seen.looks.push(...[...addedNodes].map(({ dataset }) => dataset.look))
    }
  }).observe(document, { childList: true, subtree: true })`

/** Presses the keys of a code and Enter, without waiting for the page. */
async function typeLikeScanner(session: CDPSession, text: string): Promise<void> {
  const keys = [...text].map((key) => ({ type: 'keyDown', key, text: key }) as const)
  const enter = { type: 'keyDown', key: 'Enter', text: '\r', windowsVirtualKeyCode: 13 } as const
  await Promise.all([...keys, enter].map((event) => session.send('Input.dispatchKeyEvent', event)))
}

it(
  'H3: 200 tickets from a hand scanner have 200 verdicts in order and 200 records, over a slow network that is lost twice',
  async () => {
    const random = randomFrom(SEED)
    const { festival, sold } = await sellTickets(site(), TICKETS)
    const scans = makeScans(sold, random)
    const gate = await visit()
    await gate.addInitScript({ content: WATCH })
    await signIn(gate, await makeAccount(site(), 'staff'), `/staff/${festival}?gate=North`)
    await gateIsReady(gate)
    await gate.getByText(`${TICKETS} tickets, as of`).waitFor()
    await gate.route('**/api/check-ins', async (route) => {
      await wait(random() * ANSWER_MS_MAX)
      await route.continue().catch(() => undefined)
    })
    const session = await gate.context().newCDPSession(gate)
    for (const [i, { text }] of scans.entries()) {
      if (AWAY.some(({ from, to }) => i === from || i === to)) {
        await gate.context().setOffline(AWAY.some(({ from }) => i === from))
      }
      await typeLikeScanner(session, text)
      await wait(GAP_MS.min + (GAP_MS.max - GAP_MS.min) * random() ** GAP_MS.power)
    }
    await expect.poll(() => gate.evaluate<number>('seen.looks.length'), { timeout: 60_000 }).toBe(SCANS)

    const seen = await gate.evaluate<Seen>('seen')
    const looks = scans.map(({ variant }) => variant)
    expect(seen.looks).toEqual(looks)
    expect(seen.hertz).toEqual(looks.flatMap((variant) => (variant === 'yes' ? [880, 1320] : [196, 147])))
    expect(await gate.evaluate('document.activeElement.id')).toBe('code')
    await gate.locator('[data-part="waiting"]').waitFor({ state: 'hidden' })
    await gate
      .locator('[data-part="in"]')
      .filter({ hasText: `${TICKETS}` })
      .waitFor()

    const recorded = await site()
      .db.select({ number: tickets.unitNumber, letIn: gateScans.letIn })
      .from(gateScans)
      .leftJoin(tickets, eq(tickets.id, gateScans.ticketId))
      .where(eq(gateScans.festivalId, festival))
      .orderBy(asc(gateScans.deviceAt))
    expect(recorded).toEqual(
      scans.map(({ number = null, variant }) => ({ number, letIn: variant === 'yes' })),
    )
  },
  TIMEOUT_MS,
)
