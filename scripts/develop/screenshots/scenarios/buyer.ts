import { call } from '../../../tests/e2e/http.ts'
import { type Client, visitorAfter } from './client.ts'
import type { Sales } from './sales.ts'
import { ALERT, type Scenario, type Setup, scenario, type Visitor } from './scenario.ts'
import type { Sale } from './set-up-sale.ts'

/** The pages of an admitted fan: the basket, the payment, orders and tickets. */
export async function setUpBuyers(
  setup: Setup,
  { called, soldOut }: Sales,
): Promise<{ scenarios: Scenario[]; buyer: Visitor; ticket: string; orderPath: string }> {
  const [admitted, holding, declined, atBank, onPage, depositing, bought] = await Promise.all([
    visitorAfter(setup, (fan) => fan.comeIn(called)),
    visitorAfter(setup, (fan) => choose(fan, called, 2)),
    setUpPaying(setup, called, { method: 'card-declined', state: 'declined' }),
    setUpPaying(setup, called, { method: 'bank', state: 'action' }),
    setUpPaying(setup, called, { method: 'script', state: 'action' }),
    setUpPaying(setup, called, { method: 'deposit', state: 'action' }),
    setUpBought(setup, called, soldOut),
  ])
  // Last, since the provider stops responding from then on.
  const charging = await setUpCharging(setup, called)
  const { buyer } = bought
  const buy = `/festivals/${called.id}/buy`
  const scenarios = [
    scenario('room-admitted', `/festivals/${called.id}/room`, admitted, '.notice.good'),
    scenario('buy-choose', buy, admitted),
    scenario('buy-held', buy, holding, '.choice'),
    scenario('buy-refused', `${buy}?flash=units-held`, admitted, ALERT),
    scenario('payment-charging', charging.path, charging.fan),
    scenario('payment-bank', atBank.path, atBank.fan, 'a.button.big'),
    scenario('payment-script', onPage.path, onPage.fan, '[data-part="provider"] .quiet'),
    scenario('payment-deposit', depositing.path, depositing.fan, '[data-copy]'),
    scenario('payment-declined', declined.path, declined.fan),
    scenario('payment-confirmed', bought.path, buyer),
    scenario('me', '/me', buyer),
    scenario('me-nothing', '/me', admitted),
    scenario('order', bought.orderPath, buyer, '.qr'),
    scenario('order-cancel', `${bought.orderPath}/cancel`, buyer),
    scenario('order-one', bought.onePath, buyer, '.qr'),
    scenario('order-cancelled', bought.cancelledPath, buyer),
  ]
  return { scenarios, buyer, ticket: bought.ticket, orderPath: bought.orderPath }
}

async function choose(fan: Client, sale: Sale, quantity: number): Promise<void> {
  await fan.comeIn(sale)
  await fan.hold(sale, quantity)
}

async function setUpPaying(setup: Setup, sale: Sale, { method, state }: { method: string; state: string }) {
  let path = ''
  const fan = await visitorAfter(setup, async (fan) => {
    await choose(fan, sale, 1)
    path = (await fan.pay(sale, method, state)).path
  })
  return { fan, path }
}

async function setUpCharging(setup: Setup, sale: Sale) {
  let path = ''
  const fan = await visitorAfter(setup, async (fan) => {
    await choose(fan, sale, 1)
    await call(setup.system.providerUrl, 'PUT', '/dials', { body: { errorShare: 1 } })
    path = (await fan.pay(sale, 'card-ok', 'charging')).path
  })
  return { fan, path }
}

/** A fan with an order of one ticket, a cancelled one, and one of two tickets. */
async function setUpBought(setup: Setup, called: Sale, soldOut: Sale) {
  const found = { path: '', orderPath: '', onePath: '', cancelledPath: '', ticket: '' }
  const buyer = await visitorAfter(setup, async (fan) => {
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
