import { stageAccounts } from './scenes/accounts.ts'
import { stageBuyers } from './scenes/buyer.ts'
import { stageEnds } from './scenes/ends.ts'
import { stageFans } from './scenes/fan.ts'
import { stageOrganisers } from './scenes/organiser.ts'
import { loseRoom, stageSales } from './scenes/sales.ts'
import type { Scene, Stage } from './scenes/scene.ts'
import { stageStaff } from './scenes/staff.ts'

/** Stages festivals and people, and tells every page that there is with them. */
export async function stageScenes(stage: Stage): Promise<Scene[]> {
  const sales = await stageSales(stage.system)
  const fans = await stageFans(stage, sales)
  await loseRoom(stage.system, sales.restoring)
  const { scenes: buyers, buyer, ticket, orderPath } = await stageBuyers(stage, sales)
  return [
    ...fans,
    ...buyers,
    ...(await stageAccounts(stage, buyer)),
    ...(await stageOrganisers(stage, sales, orderPath)),
    ...(await stageStaff(stage, sales, ticket)),
    ...(await stageEnds(stage, buyer)),
  ]
}
