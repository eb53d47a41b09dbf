import { COPY_MARK } from '../../copy-mark.ts'
import { pause } from './api.ts'
import { askClock } from './clock.ts'

const RETRY_MS = 4000
/** Spreads the reloads of browsers that lost the network together. */
const JITTER_MS = 2000

/** The page's notice that it is a cached copy. */
export function findCopy(): HTMLElement | undefined {
  return document.querySelector<HTMLElement>(`[${COPY_MARK.shown}]:not([hidden])`) ?? undefined
}

/** Reloads this page as soon as its server responds. */
export async function reloadWhenOnline(): Promise<void> {
  do {
    await Promise.race([
      pause(RETRY_MS + JITTER_MS * Math.random()),
      new Promise((resolve) => addEventListener('online', resolve, { once: true })),
    ])
  } while ((await askClock()) === undefined)
  location.reload()
}
