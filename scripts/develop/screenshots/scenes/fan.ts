import { visitorWho } from './actor.ts'
import { drawLots, type Sales } from './sales.ts'
import { ALERT, type Scene, type Stage, scene } from './scene.ts'

/** The pages of fans until they are admitted: festivals, the waiting room, the draw. */
export async function stageFans(stage: Stage, sales: Sales): Promise<Scene[]> {
  const nobody = await visitorWho(stage, async () => {})
  const entered = (sale: keyof Sales) => visitorWho(stage, (fan) => fan.enter(sales[sale]))
  const [waiting, called, lobby, drawn, paused, restoring] = await Promise.all([
    entered('open'),
    entered('called'),
    entered('lobby'),
    entered('drawn'),
    entered('paused'),
    entered('restoring'),
  ])
  await drawLots(sales.drawn)
  const festival = (sale: keyof Sales) => `/festivals/${sales[sale].id}`
  const room = (sale: keyof Sales) => `${festival(sale)}/room`
  const counting = '[data-countdown]:not([hidden])'
  return [
    scene('front', '/', nobody),
    scene('front-nothing-found', '/?q=zzzz', nobody),
    scene('festival-open', festival('open'), nobody),
    scene('festival-lobby', festival('lobby'), nobody, counting),
    scene('festival-upcoming', festival('upcoming'), nobody, counting),
    scene('festival-sold-out', festival('soldOut'), nobody),
    scene('festival-closed', festival('closed'), nobody),
    scene('festival-paused', festival('paused'), nobody),

    scene('room-enter', room('open'), nobody, '[data-step="enter"]'),
    scene('room-lobby', room('lobby'), lobby, '[data-step="lobby"]'),
    scene('room-waiting', room('open'), waiting, '[data-step="waiting"]'),
    scene('room-drawn', room('drawn'), drawn, '[data-part="draw"]'),
    scene('room-paused', room('paused'), paused),
    scene('room-restoring', room('restoring'), restoring),
    scene('room-shut', room('restoring'), nobody),
    scene('room-called', room('called'), called, '[data-step="called"]'),
    scene('room-missed', `${room('open')}?flash=turn-missed`, nobody, ALERT),
    scene('room-too-many', `${room('open')}?flash=too-many`, nobody, ALERT),
    scene('room-sold-out', room('soldOut'), nobody),
    scene('room-closed', room('closed'), nobody),
    scene('room-upcoming', room('upcoming'), nobody),

    scene('draw-before', `${festival('lobby')}/draw`, lobby),
    scene('draw-after', `${festival('drawn')}/draw`, drawn, '[data-part="start"]'),
    {
      ...scene('draw-checked', `${festival('drawn')}/draw`, drawn, '[data-part="result"] .good'),
      act: (page) => page.locator('[data-part="start"]').click(),
    },
  ]
}
