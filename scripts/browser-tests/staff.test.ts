import { expect, it } from 'vitest'
import { staffText } from '../../gateway/pages/text/staff.ts'
import { makeAccount, stageSale } from '../browser/sale.ts'
import { buyTickets, signIn } from './fan.ts'
import { scan } from './gate.ts'
import { readAllCodes } from './qr.ts'
import { useStage } from './testing.ts'

const { theatre, visit } = useStage()
const { en: text } = staffText

/** Three browsers and a purchase. */
const TIMEOUT_MS = 240_000

it(
  'staff let a ticket in by its picture, once, and go on without a network',
  async () => {
    const sale = await stageSale(theatre(), {
      startsAt: new Date(),
      endsAt: new Date(Date.now() + 86_400_000),
    })
    const fan = await visit()
    await buyTickets(fan, sale.id, 'Friday', 2)
    const codes = await readAllCodes(fan.locator('.qr'))
    expect(codes).toHaveLength(2)
    const [first = '', second = ''] = codes

    const gate = await visit()
    await signIn(gate, await makeAccount(theatre(), 'staff'), `/staff/${sale.id}?gate=North`)
    await gate.getByText(/^Ready for times without a network: 2 tickets/).waitFor()
    const { words: admitted } = await scan(gate, first)
    expect(admitted).toContain(text.results.admitted)
    expect(admitted).toContain('Haneul Kim')
    const { words: again } = await scan(gate, first)
    expect(again).toContain(text.results['already-used'])
    expect(again).toContain('North')

    await gate.waitForFunction('caches.match(location.pathname)')
    await gate.context().setOffline(true)
    // It opens without a network, too.
    await gate.reload()
    const { words: alone } = await scan(gate, second)
    expect(alone).toContain(text.results.admitted)
    expect(alone).toContain(text.alone)
    expect((await scan(gate, second)).result).toBe('already-used')
    await gate.context().setOffline(false)
    // What was decided alone is sent by itself, and another gate knows of it.
    await gate.locator('[data-part="in"]').filter({ hasText: /^2$/ }).waitFor()
    const other = await visit()
    await signIn(other, await makeAccount(theatre(), 'staff'), `/staff/${sale.id}?gate=South`)
    expect((await scan(other, second)).result).toBe('already-used')
  },
  TIMEOUT_MS,
)
