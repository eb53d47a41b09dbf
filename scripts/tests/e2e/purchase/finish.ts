import fc from 'fast-check'
import type { Sale, Step } from './model.ts'
import { build, decide, land, reconcileAll, sweep, tick, work } from './origin-steps.ts'
import { forgetEnded, processesOf } from './worker.ts'

const ROUNDS_MAX = 20
const REQUESTS_MAX = 500
/** Longer than any expiry. */
const LONG_MINUTES = 20

/** Lets everything in flight finish, in the order of the requests. */
const goOnWithAll: Step = {
  name: 'everything goes on',
  async run(sale) {
    for (let i = 0; i < REQUESTS_MAX; i += 1) {
      const process = processesOf(sale).find((process) => process.asked() > 0)
      if (process === undefined) break
      await process.letHappen(0, 'done')
    }
    forgetEnded(sale)
  },
}

const killAll: Step = {
  name: 'everything is killed',
  async run(sale) {
    sale.workers.clear()
    sale.tasks = []
  },
}

/** The end of a sale: after a crash, with charges that appear late, after a long break. */
export type Ending = { isKilled: boolean; isLate: boolean; isLong: boolean }

export const ending: fc.Arbitrary<Ending> = fc.record({
  isKilled: fc.boolean(),
  isLate: fc.boolean(),
  isLong: fc.boolean(),
})

const workOn = [work(['a', 'rested']), goOnWithAll, work(['a', 'new']), goOnWithAll]

/** Lets everything finish without failures: now, and again when everything that can expire has. */
export async function finishEverything(
  sale: Sale,
  { isKilled, isLate, isLong }: Ending,
  take: (step: Step) => Promise<void>,
): Promise<void> {
  const takeAll = async (some: readonly Step[]) => {
    for (const step of some) await take(step)
  }
  const workOff = async () => {
    for (let round = 0; round < ROUNDS_MAX && isBusy(sale); round += 1) {
      await takeAll(workOn)
      if (sale.state?.deadLetter.length !== 0) await takeAll([decide('retry'), goOnWithAll])
    }
  }
  if (isKilled) await take(killAll)
  if (isLong) await take(tick(LONG_MINUTES))
  if (!isLate) await take(land)
  await takeAll([build, goOnWithAll])
  await workOff()
  for (let again = 0; again < 2; again += 1) {
    await take(tick(LONG_MINUTES))
    await workOff()
    await takeAll([land, reconcileAll, goOnWithAll, sweep])
  }
}

function isBusy({ state }: Sale): boolean {
  return state !== undefined && ((state.facts.after?.stream.size ?? 0) > 0 || state.deadLetter.length > 0)
}
