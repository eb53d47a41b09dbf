const SECONDS = /^"?(\d{1,9})"?$/

/**
 * The seconds of a `Prefer: wait=N` (RFC 7240, section 4.3), among any other preferences. Of several the first counts,
 * as section 2 requires; a malformed one is ignored.
 */
export function preferredWaitSeconds(header: string | undefined): number | undefined {
  for (const preference of (header ?? '').split(',')) {
    const [name = '', value = ''] = (preference.split(';')[0] ?? '').split('=').map((part) => part.trim())
    if (name.toLowerCase() !== 'wait') continue
    const seconds = SECONDS.exec(value)?.[1]
    return seconds === undefined ? undefined : Number(seconds)
  }
  return undefined
}
