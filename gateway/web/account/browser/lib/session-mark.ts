const NAME = 'naru-sessions'

/** Changes with every page on which sessions end or begin, in all windows of this browser; undefined where none is kept. */
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
    // Private windows may keep nothing: pages that come Back there are asked for again each time.
  }
}
