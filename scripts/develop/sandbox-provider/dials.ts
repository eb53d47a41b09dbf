import { z } from 'zod'

const share = z.number().min(0).max(1)
const ms = z.number().min(0).max(60_000)

export const dialsSchema = z.object({
  /** Share of `card-ok` charges that are declined. */
  declineShare: share,
  /** Share of charges and refunds that fail before anything is recorded. */
  errorShare: share,
  /** Share of charges and refunds that are recorded, with the caller then disconnected. */
  loseAnswerShare: share,
  medianMs: ms,
  p99Ms: ms,
})

/** Some of the dials. An unknown name is refused, so that a typing error does not pass for a change. */
export const dialsChangeSchema = dialsSchema.partial().strict()

export type DialSettings = z.infer<typeof dialsSchema>
type DialsChange = z.infer<typeof dialsChangeSchema>

/** The outcome chosen for one request. */
export type Behaviour = { latencyMs: number; fails: boolean; declines: boolean; losesAnswer: boolean }

export type Dials = {
  read(): DialSettings
  /** Applies all given changes, or none; requests in flight keep their outcome. */
  change(change: DialsChange): { status: 'changed'; dials: DialSettings } | { status: 'p99-below-median' }
  /** The outcome of the next request. The n-th draw depends only on the seed and the dials at that moment. */
  draw(): Behaviour
}

/** @param options.latencyCapMs - the maximum latency of a request, whatever the dials */
export function createDials(options: { seed: number; latencyCapMs: number; dials: DialSettings }): Dials {
  const random = createRandom(options.seed)
  let dials = options.dials

  return {
    read: () => dials,
    change(change) {
      const next = dialsSchema.parse({ ...dials, ...change })
      if (next.p99Ms < next.medianMs) return { status: 'p99-below-median' }
      dials = next
      return { status: 'changed', dials }
    },
    draw() {
      // Always five numbers, so that changing one dial leaves the random numbers of later requests unchanged.
      const [fail, decline, lose, u, v] = [random(), random(), random(), random(), random()]
      return {
        fails: fail < dials.errorShare,
        declines: decline < dials.declineShare,
        losesAnswer: lose < dials.loseAnswerShare,
        latencyMs: Math.min(options.latencyCapMs, logNormal(dials.medianMs, dials.p99Ms, u, v)),
      }
    },
  }
}

/**
 * A log-normal value from two uniform ones, by the Box–Muller transform (1958). The median of such a value is
 * e^mu and its 99th percentile e^(mu + z·sigma); a median of 0 gives 0.
 */
function logNormal(median: number, p99: number, u: number, v: number): number {
  if (median === 0) return 0
  const sigma = Math.log(p99 / median) / Z_99
  const normal = Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v)
  return median * Math.exp(sigma * normal)
}

/**
 * Numbers in [0, 1) that repeat for a seed: mulberry32 by Tommy Ettinger (public domain), as described
 * in https://github.com/bryc/code/blob/master/jshash/PRNGs.md
 */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let z = Math.imul(state ^ (state >>> 15), state | 1)
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61)
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The 99th percentile of the standard normal distribution. */
const Z_99 = 2.326347874040841
