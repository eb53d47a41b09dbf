/** Set by the build of a release (scripts/release). */
declare const NARU_VERSION: string | undefined

/** The version of the release that runs, or `source`. */
export const VERSION = typeof NARU_VERSION === 'string' ? NARU_VERSION : 'source'
