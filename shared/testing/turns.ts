import { setImmediate as nextTurn } from 'node:timers/promises'

/** Counts the turns of the event loop until `stop`, which returns how many there were. */
export function countTurns(): { stop: () => Promise<number> } {
  let turns = 0
  let isDone = false
  const counting = (async () => {
    while (!isDone) {
      await nextTurn()
      turns += 1
    }
  })()
  return {
    async stop() {
      isDone = true
      await counting
      return turns
    },
  }
}
