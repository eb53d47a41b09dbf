import { call } from '../../../tests/e2e/http.ts'
import { type Actor, visitorWho } from './actor.ts'
import type { Sales } from './sales.ts'
import { ALERT, type Scene, type Stage, scene, type Visitor } from './scene.ts'
import type { Sale } from './stage-sale.ts'

/** The pages of an admitted fan: the basket, the payment, orders and tickets. */
export async function stageBuyers(
  stage: Stage,
  { called, soldOut }: Sales,
): Promise<{ scenes: Scene[]; buyer: Visitor; ticket: string; orderPath: string }> {
  const [inside, holding, declined, bought] = await Promise.all([
    visitorWho(stage, (fan) => fan.comeIn(called)),
    visitorWho(stage, (fan) => choose(fan, called, 2)),
    stageDeclined(stage, called),
    stageBought(stage, called, soldOut),
  ])
  // Last, since the provider stops responding from then on.
  const charging = await stageCharging(stage, called)
  const { buyer } = bought
  const buy = `/festivals/${called.id}/buy`
  const scenes = [
    scene('room-inside', `/festivals/${called.id}/room`, inside, '.notice.good'),
    scene('buy-choose', buy, inside),
    scene('buy-held', buy, holding, '#method'),
    scene('buy-refused', `${buy}?flash=units-held`, inside, ALERT),
    scene('payment-charging', charging.path, charging.fan),
    scene('payment-declined', declined.path, declined.fan),
    scene('payment-confirmed', bought.path, buyer),
    scene('me', '/me', buyer),
    scene('me-nothing', '/me', inside),
    scene('order', bought.orderPath, buyer, '.qr'),
    scene('order-cancel', `${bought.orderPath}/cancel`, buyer),
    scene('order-one', bought.onePath, buyer, '.qr'),
    scene('order-cancelled', bought.cancelledPath, buyer),
  ]
  return { scenes, buyer, ticket: bought.ticket, orderPath: bought.orderPath }
}

async function choose(fan: Actor, sale: Sale, quantity: number): Promise<void> {
  await fan.comeIn(sale)
  await fan.hold(sale, quantity)
}

async function stageDeclined(stage: Stage, sale: Sale) {
  let path = ''
  const fan = await visitorWho(stage, async (fan) => {
    await choose(fan, sale, 1)
    path = (await fan.pay(sale, 'card-declined', 'declined')).path
  })
  return { fan, path }
}

async function stageCharging(stage: Stage, sale: Sale) {
  let path = ''
  const fan = await visitorWho(stage, async (fan) => {
    await choose(fan, sale, 1)
    await call(stage.system.providerUrl, 'PUT', '/dials', { body: { errorShare: 1 } })
    path = (await fan.pay(sale, 'card-ok', 'charging')).path
  })
  return { fan, path }
}

/** A fan with an order of one ticket, a cancelled one, and one of two tickets. */
async function stageBought(stage: Stage, called: Sale, soldOut: Sale) {
  const found = { path: '', orderPath: '', onePath: '', cancelledPath: '', ticket: '' }
  const buyer = await visitorWho(stage, async (fan) => {
    await choose(fan, soldOut, 1)
    found.onePath = (await fan.pay(soldOut, 'card-ok', 'confirmed')).orderPath
    await choose(fan, called, 1)
    found.cancelledPath = (await fan.pay(called, 'card-ok', 'confirmed')).orderPath
    await fan.ask('POST', `/api${found.cancelledPath}/cancellation`)
    await choose(fan, called, 2)
    Object.assign(found, await fan.pay(called, 'card-ok', 'confirmed'))
    const { tickets } = (await fan.ask('GET', `/api${found.orderPath}`)).body as {
      tickets: { typed: string }[]
    }
    found.ticket = tickets[0]?.typed ?? ''
  })
  return { buyer, ...found }
}
