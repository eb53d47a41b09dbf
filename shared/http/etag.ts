/**
 * Whether an If-None-Match header names this entity tag, by weak comparison (RFC 9110, sections 13.1.2 and 8.8.3.2).
 *
 * @param etag - a strong entity tag with its quotes
 */
export function matchesEtag(ifNoneMatch: string, etag: string): boolean {
  if (ifNoneMatch === etag || ifNoneMatch === '*') return true
  const tags: string[] = ifNoneMatch.match(/"[\x21\x23-\x7e\x80-\xff]*"/g) ?? []
  return tags.includes(etag)
}

/**
 * Whether an If-Match header names this entity tag, by strong comparison (RFC 9110, sections 13.1.1 and 8.8.3.2).
 *
 * @param etag - a strong entity tag with its quotes
 */
export function matchesStrongly(ifMatch: string, etag: string): boolean {
  if (ifMatch.trim() === '*') return true
  const tags: string[] = ifMatch.match(/(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/g) ?? []
  return tags.includes(etag)
}
