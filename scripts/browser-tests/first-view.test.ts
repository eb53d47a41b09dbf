import { beforeAll, expect, it } from 'vitest'
import { RUSH, seeFirst } from '../browser/first-view.ts'
import type { Scene } from '../browser/scenes/scene.ts'
import { stageScenes } from '../browser/scenes.ts'
import { firstPaintOnSlow4g } from '../browser/slow-4g.ts'
import { ENGLISH, useStage } from './testing.ts'

const STAGING_TIMEOUT_MS = 120_000
const FIRST_VIEW_MS = 1000
/** A busy machine may spoil one visit, or two. */
const VISITS_MAX = 5

const { theatre, browser } = useStage()
let scenes: Scene[]

beforeAll(async () => {
  scenes = await stageScenes({ system: theatre(), browser: browser() })
}, STAGING_TIMEOUT_MS)

it.each(RUSH)('%s is seen within a second on slow 4G', async (name) => {
  const scene = scenes.find((scene) => scene.name === name)
  if (scene === undefined) throw new Error('There is no such scene')
  const look = { ...ENGLISH, language: 'ko' } as const
  let best = Number.POSITIVE_INFINITY
  for (let visits = 0; visits < VISITS_MAX && best >= FIRST_VIEW_MS; visits += 1) {
    const { paintMs, blocking } = await seeFirst(browser(), scene, { ...theatre(), look })
    expect(firstPaintOnSlow4g(blocking), JSON.stringify(blocking)).toBeLessThan(FIRST_VIEW_MS)
    best = Math.min(best, paintMs)
  }
  expect(best).toBeLessThan(FIRST_VIEW_MS)
})
