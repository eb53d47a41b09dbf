import { visitorWho } from './actor.ts'
import { type Scene, type Stage, scene, type Visitor } from './scene.ts'

/** Where a way ends: with nothing there, with no right to it, with a part of the shop away. */
export async function stageEnds(stage: Stage, someone: Visitor): Promise<Scene[]> {
  const nobody = await visitorWho(stage, async () => {})
  const loneUrl = await stage.system.startLoneGateway()
  return [
    scene('not-found', '/nowhere', nobody),
    scene('forbidden', '/organiser/festivals/new', someone),
    scene('away', `${loneUrl}/me`, someone),
  ]
}
