const NAME = 'naru-sessions'

/**
 * Changes with every page on which sessions end or begin, in all windows of this browser; undefined without storage.
 */
export function readSessionMark(): string | null | undefined {
  try {
    return localStorage.getItem(NAME)
  } catch {
    return undefined
  }
}

export function changeSessionMark(): void {
  try {
    localStorage.setItem(NAME, `${Date.now()} ${Math.random()}`)
  } catch {
    // Private windows may have no storage: restored pages are then reloaded each time.
  }
}
