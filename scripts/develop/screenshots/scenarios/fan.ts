import { visitorAfter } from './client.ts'
import { runDraw, type Sales } from './sales.ts'
import { ALERT, type Scenario, type Setup, scenario } from './scenario.ts'

/** The pages of fans until they are admitted: festivals, the waiting room, the draw. */
export async function setUpFans(setup: Setup, sales: Sales): Promise<Scenario[]> {
  const anonymous = await visitorAfter(setup, async () => {})
  const entered = (sale: keyof Sales) => visitorAfter(setup, (fan) => fan.enter(sales[sale]))
  const [waiting, called, lobby, drawn, paused, restoring] = await Promise.all([
    entered('open'),
    entered('called'),
    entered('lobby'),
    entered('drawn'),
    entered('paused'),
    entered('restoring'),
  ])
  await runDraw(sales.drawn)
  const festival = (sale: keyof Sales) => `/festivals/${sales[sale].id}`
  const room = (sale: keyof Sales) => `${festival(sale)}/room`
  const counting = '[data-countdown]:not([hidden])'
  return [
    scenario('front', '/', anonymous),
    scenario('front-nothing-found', '/?q=zzzz', anonymous),
    scenario('festival-open', festival('open'), anonymous),
    scenario('festival-lobby', festival('lobby'), anonymous, counting),
    scenario('festival-upcoming', festival('upcoming'), anonymous, counting),
    scenario('festival-sold-out', festival('soldOut'), anonymous),
    scenario('festival-closed', festival('closed'), anonymous),
    scenario('festival-paused', festival('paused'), anonymous),

    scenario('room-enter', room('open'), anonymous, '[data-step="enter"]'),
    scenario('room-lobby', room('lobby'), lobby, '[data-step="lobby"]'),
    scenario('room-waiting', room('open'), waiting, '[data-step="waiting"]'),
    scenario('room-drawn', room('drawn'), drawn, '[data-part="draw"]'),
    scenario('room-paused', room('paused'), paused),
    scenario('room-restoring', room('restoring'), restoring),
    scenario('room-shut', room('restoring'), anonymous),
    scenario('room-called', room('called'), called, '[data-step="called"]'),
    scenario('room-missed', `${room('open')}?flash=turn-missed`, anonymous, ALERT),
    scenario('room-too-many', `${room('open')}?flash=too-many`, anonymous, ALERT),
    scenario('room-sold-out', room('soldOut'), anonymous),
    scenario('room-closed', room('closed'), anonymous),
    scenario('room-upcoming', room('upcoming'), anonymous),

    scenario('draw-before', `${festival('lobby')}/draw`, lobby),
    scenario('draw-after', `${festival('drawn')}/draw`, drawn, '[data-part="start"]'),
    {
      ...scenario('draw-checked', `${festival('drawn')}/draw`, drawn, '[data-part="result"] .good'),
      act: (page) => page.locator('[data-part="start"]').click(),
    },
  ]
}
