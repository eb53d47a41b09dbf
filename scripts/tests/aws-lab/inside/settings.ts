import type { Releases } from '../releases.ts'
import type { Tools } from '../tools/fetch.ts'

/** What the sandbox is told when it begins. */
export type InsideSettings = {
  /** The checkout. */
  root: string
  /** What is gone afterwards. */
  run: string
  /** What remains to be read. */
  logs: string
  tools: Tools
  releases: Releases | undefined
  limitMs: number
}
