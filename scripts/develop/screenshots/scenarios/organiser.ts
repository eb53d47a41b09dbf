import { visitorAfter } from './client.ts'
import type { Sales } from './sales.ts'
import { type Scenario, type Setup, scenario } from './scenario.ts'

/** The organisers' pages. */
export async function setUpOrganisers(
  setup: Setup,
  { called, upcoming }: Sales,
  orderPath: string,
): Promise<Scenario[]> {
  const organiser = await visitorAfter(setup, (client) => client.signIn('organiser'))
  const path = `/organiser/festivals/${called.id}`
  const edited = `/organiser/festivals/${upcoming.id}`
  return [
    scenario('organiser', '/organiser', organiser),
    scenario('organiser-new', '/organiser/festivals/new', organiser),
    scenario('organiser-edit', edited, organiser),
    scenario('organiser-preview', `${edited}/preview`, organiser),
    scenario('organiser-unpublish', `${edited}/unpublish`, organiser),
    scenario('organiser-live', `${path}/live`, organiser),
    scenario('organiser-orders', `${path}/orders`, organiser),
    scenario('organiser-order', `${path}${orderPath}`, organiser),
    scenario('organiser-order-cancel', `${path}${orderPath}/cancel`, organiser),
    scenario('organiser-payments', `${path}/payments`, organiser),
    scenario('organiser-gate', `${path}/gate`, organiser),
    scenario('organiser-team', `${path}/team`, organiser),
    scenario('organiser-changes', `${path}/changes`, organiser),
    scenario('organiser-accounts', '/organiser/accounts', organiser),
    scenario('organiser-dead-letters', '/organiser/dead-letters', organiser),
    scenario('organiser-all-changes', '/organiser/changes', organiser),
  ]
}
