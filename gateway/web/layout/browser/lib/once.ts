/** Whether something happens for the first time in this tab; always false without storage, where that is unknown. */
export function isFirstTime(what: string): boolean {
  const name = `naru-${what}`
  try {
    if (sessionStorage.getItem(name) !== null) return false
    sessionStorage.setItem(name, '')
    return true
  } catch {
    return false
  }
}
