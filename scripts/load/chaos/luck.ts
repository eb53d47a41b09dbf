import { createRandom } from '../../develop/sandbox-provider/dials.ts'

/** The random choices of a seed, one after the other. */
export type Luck = {
  between(min: number, max: number): number
  share(min: number, max: number): number
  one<T>(of: readonly [T, ...T[]]): T
}

export function createLuck(seed: number): Luck {
  const random = createRandom(seed)
  const share = (min: number, max: number) => Math.round((min + (max - min) * random()) * 100) / 100
  const between = (min: number, max: number) => Math.floor(min + (max - min + 1) * random())
  return { share, between, one: (of) => of[between(0, of.length - 1)] ?? of[0] }
}

export function shuffled<T>(all: readonly T[], luck: Luck): T[] {
  const left = [...all]
  const order: T[] = []
  while (left.length > 0) order.push(...left.splice(luck.between(0, left.length - 1), 1))
  return order
}

export function lasting(luck: Luck, msMin: number, msMax: number, longestMs: number): number {
  return luck.between(Math.min(msMin, longestMs), Math.min(msMax, longestMs))
}
