import type { Discrepancy } from './discrepancy.ts'
import type { ObservedPass } from './pass-observer.ts'

/** A pass with a time in which it was certainly valid. */
type GoodPass = ObservedPass & { id: string; good: NonNullable<ObservedPass['good']> }

/** Checks the passes that the origin accepted, by time: one at a time for each position, and no more than the cap. */
export function comparePasses(observed: ReadonlyMap<string, ObservedPass>, maxActive: number): Discrepancy[] {
  const good = [...observed].flatMap(([id, pass]): GoodPass[] =>
    pass.good === undefined ? [] : [{ id, ...pass, good: pass.good }],
  )
  return [...compareCap(good, maxActive), ...comparePositions(good)]
}

function compareCap(good: readonly GoodPass[], maxActive: number): Discrepancy[] {
  const liveMax = mostAtOneTime(good)
  if (liveMax <= maxActive) return []
  const what = 'more passes were good at the origin than the room allows'
  return [{ what, id: `${liveMax} passes`, detail: `at most ${maxActive}` }]
}

/** The maximum number of passes valid at one instant. */
function mostAtOneTime(passes: readonly ObservedPass[]): number {
  const changes = passes.flatMap(({ good }) =>
    good === undefined
      ? []
      : ([
          [good.fromMs, 1],
          [good.untilMs, -1],
        ] as const),
  )
  // One that ends when another begins was not valid at the same time.
  const inOrder = changes.toSorted(([a, more], [b, other]) => a - b || more - other)
  let live = 0
  let most = 0
  for (const [, change] of inOrder) {
    live += change
    most = Math.max(most, live)
  }
  return most
}

function comparePositions(good: readonly GoodPass[]): Discrepancy[] {
  return [...Map.groupBy(good, ({ position }) => position)].flatMap(([position, passes]) =>
    passes.flatMap((one, i) =>
      passes.slice(i + 1).flatMap((other) =>
        other.account !== one.account && areGoodTogether(one, other)
          ? [
              {
                what: 'two fans had good passes of one position at once',
                id: `position ${position}`,
                detail: `${one.id} and ${other.id}`,
              },
            ]
          : [],
      ),
    ),
  )
}

function areGoodTogether({ good: one }: GoodPass, { good: other }: GoodPass): boolean {
  return one.fromMs < other.untilMs && other.fromMs < one.untilMs
}
