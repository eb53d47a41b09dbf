import { COPY_MARK } from '../../copy-mark.ts'
import { pause } from './api.ts'
import { askClock } from './clock.ts'

const RETRY_MS = 4000
/** So that those who lose a network together do not come back in the same moment. */
const JITTER_MS = 2000

/** What this page says of itself where it is a copy that the browser has kept. */
export function findCopy(): HTMLElement | undefined {
  return document.querySelector<HTMLElement>(`[${COPY_MARK.shown}]:not([hidden])`) ?? undefined
}

/** Asks for this page again as soon as its server answers. */
export async function reloadWhenOnline(): Promise<void> {
  do {
    await Promise.race([
      pause(RETRY_MS + JITTER_MS * Math.random()),
      new Promise((resolve) => addEventListener('online', resolve, { once: true })),
    ])
  } while ((await askClock()) === undefined)
  location.reload()
}
