/** How much of one core each side used during a measurement; undefined where the system does not report it. */
export type Busy = { server: number | undefined; client: number | undefined; redis: number | undefined }

export type Measured = { value: number; busy?: Busy }

export type Summary = { runs: number; median: number; min: number; max: number }

/** Measures all candidates in turn, A B C A B C …, so that a temporary slowdown of the host affects all of them. */
export async function alternate<K extends string>(
  runs: number,
  contenders: Record<K, () => Promise<Measured>>,
): Promise<Record<K, Measured[]>> {
  const names = Object.keys(contenders) as K[]
  const measured = Object.fromEntries(names.map((name) => [name, [] as Measured[]])) as Record<K, Measured[]>
  for (let run = 0; run < runs; run += 1) {
    for (const name of names) measured[name].push(await contenders[name]())
  }
  return measured
}

export function summarise(values: readonly number[]): Summary {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1]
  const lower = sorted[(sorted.length - 1) >> 1]
  const [min, max] = [sorted[0], sorted.at(-1)]
  if (upper === undefined || lower === undefined || min === undefined || max === undefined) {
    throw new Error('There is nothing to summarise')
  }
  return { runs: sorted.length, median: (lower + upper) / 2, min, max }
}

/** Each measurement divided by the baseline's measurement next to it. */
export function ratiosOf(values: readonly number[], baseline: readonly number[]): number[] {
  if (values.length !== baseline.length) throw new Error('Every measurement needs one of the baseline')
  return values.map((value, i) => value / (baseline[i] ?? Number.NaN))
}

/**
 * The same per second of the server's processor time instead of the clock's: an estimate without other load on its
 * core. Undefined where the system does not report it.
 */
export function perCpuSecond(measured: readonly Measured[]): Measured[] | undefined {
  const all = measured.flatMap(({ value, busy }) =>
    busy?.server === undefined ? [] : [{ value: value / busy.server, busy }],
  )
  return all.length === measured.length ? all : undefined
}

/** The median of each side's use; undefined when no measurement has it. */
export function busyOf(measured: readonly Measured[]): Busy | undefined {
  const all = measured.flatMap(({ busy }) => (busy === undefined ? [] : [busy]))
  if (all.length === 0) return undefined
  const side = (of: (busy: Busy) => number | undefined) => {
    const values = all.map(of).filter((value) => value !== undefined)
    return values.length === 0 ? undefined : summarise(values).median
  }
  return { server: side((b) => b.server), client: side((b) => b.client), redis: side((b) => b.redis) }
}
