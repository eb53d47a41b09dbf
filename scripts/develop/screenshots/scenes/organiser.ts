import { visitorWho } from './actor.ts'
import type { Sales } from './sales.ts'
import { type Scene, type Stage, scene } from './scene.ts'

/** The organisers' pages. */
export async function stageOrganisers(
  stage: Stage,
  { called, upcoming }: Sales,
  orderPath: string,
): Promise<Scene[]> {
  const organiser = await visitorWho(stage, (actor) => actor.signIn('organiser'))
  const path = `/organiser/festivals/${called.id}`
  const edited = `/organiser/festivals/${upcoming.id}`
  return [
    scene('organiser', '/organiser', organiser),
    scene('organiser-new', '/organiser/festivals/new', organiser),
    scene('organiser-edit', edited, organiser),
    scene('organiser-preview', `${edited}/preview`, organiser),
    scene('organiser-unpublish', `${edited}/unpublish`, organiser),
    scene('organiser-live', `${path}/live`, organiser),
    scene('organiser-orders', `${path}/orders`, organiser),
    scene('organiser-order', `${path}${orderPath}`, organiser),
    scene('organiser-order-cancel', `${path}${orderPath}/cancel`, organiser),
    scene('organiser-payments', `${path}/payments`, organiser),
    scene('organiser-gate', `${path}/gate`, organiser),
    scene('organiser-team', `${path}/team`, organiser),
    scene('organiser-changes', `${path}/changes`, organiser),
    scene('organiser-accounts', '/organiser/accounts', organiser),
    scene('organiser-dead-letters', '/organiser/dead-letters', organiser),
    scene('organiser-all-changes', '/organiser/changes', organiser),
  ]
}
