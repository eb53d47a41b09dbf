import { visitorAfter } from './client.ts'
import { type Scenario, type Setup, scenario, type Visitor } from './scenario.ts'

/** Error pages: not found, not allowed, and with part of the shop unavailable. */
export async function setUpEnds(setup: Setup, someone: Visitor): Promise<Scenario[]> {
  const anonymous = await visitorAfter(setup, async () => {})
  const loneUrl = await setup.system.startLoneGateway()
  return [
    scenario('not-found', '/nowhere', anonymous),
    scenario('forbidden', '/organiser/festivals/new', someone),
    scenario('unavailable', `${loneUrl}/me`, someone),
  ]
}
