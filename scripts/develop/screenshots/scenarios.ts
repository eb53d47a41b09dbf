import { setUpAccounts } from './scenarios/accounts.ts'
import { setUpBuyers } from './scenarios/buyer.ts'
import { setUpEnds } from './scenarios/ends.ts'
import { setUpFans } from './scenarios/fan.ts'
import { setUpOrganisers } from './scenarios/organiser.ts'
import { loseRoom, setUpSales } from './scenarios/sales.ts'
import type { Scenario, Setup } from './scenarios/scenario.ts'
import { setUpStaff } from './scenarios/staff.ts'

/** Stages festivals and people, and tells every page that there is with them. */
export async function setUpScenarios(setup: Setup): Promise<Scenario[]> {
  const sales = await setUpSales(setup.system)
  const fans = await setUpFans(setup, sales)
  await loseRoom(setup.system, sales.restoring)
  const { scenarios: buyers, buyer, ticket, orderPath } = await setUpBuyers(setup, sales)
  return [
    ...fans,
    ...buyers,
    ...(await setUpAccounts(setup, buyer)),
    ...(await setUpOrganisers(setup, sales, orderPath)),
    ...(await setUpStaff(setup, sales, ticket)),
    ...(await setUpEnds(setup, buyer)),
  ]
}
