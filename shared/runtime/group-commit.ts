/** Adds an item to a batch; resolves with its outcome once its batch has run. */
export type GroupCommit<Item, Outcome> = {
  add(item: Item): Promise<Outcome>
  /** Resolves when nothing is waiting or running. */
  idle(): Promise<void>
}

type Waiting<Item, Outcome> = {
  item: Item
  resolve: (outcome: Outcome) => void
  reject: (error: unknown) => void
}

/**
 * Runs items in batches: a batch is what arrived while the last one ran, at most `batchMax`. One item alone runs
 * immediately; a rush shares its cost; no timer is needed.
 *
 * @param run - returns the outcome of each item, in the order of the items; if it throws, all of the batch's items are
 *   rejected
 */
export function createGroupCommit<Item, Outcome>(
  batchMax: number,
  run: (items: readonly Item[]) => Promise<readonly Outcome[]>,
): GroupCommit<Item, Outcome> {
  const waiting: Waiting<Item, Outcome>[] = []
  let running: Promise<void> | undefined

  async function runAll(): Promise<void> {
    while (waiting.length > 0) {
      const batch = waiting.splice(0, batchMax)
      try {
        const outcomes = await run(batch.map(({ item }) => item))
        for (const [i, { resolve }] of batch.entries()) resolve(outcomes[i] as Outcome)
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    running = undefined
  }

  return {
    add(item) {
      return new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject })
        running ??= Promise.resolve().then(runAll)
      })
    },
    async idle() {
      await running
    },
  }
}
