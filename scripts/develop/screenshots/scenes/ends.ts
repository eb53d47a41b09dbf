import { visitorWho } from './actor.ts'
import { type Scene, type Stage, scene, type Visitor } from './scene.ts'

/** Error pages: not found, not allowed, and with part of the shop unavailable. */
export async function stageEnds(stage: Stage, someone: Visitor): Promise<Scene[]> {
  const nobody = await visitorWho(stage, async () => {})
  const loneUrl = await stage.system.startLoneGateway()
  return [
    scene('not-found', '/nowhere', nobody),
    scene('forbidden', '/organiser/festivals/new', someone),
    scene('away', `${loneUrl}/me`, someone),
  ]
}
