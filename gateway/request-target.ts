/**
 * True for a request target that two servers could read differently: not in origin form (RFC 9112, section 3.2.1),
 * or with dot segments, empty segments, backslashes, or encoded characters that decode to any of these.
 *
 * @param target - as on the request line, nothing decoded
 */
export function isAmbiguousTarget(target: string): boolean {
  const path = target.split('?', 1)[0] ?? ''
  if (!path.startsWith('/') || path.includes('#')) return true
  if (!/^[\x21-\x7e]*$/.test(target) || path.includes('\\') || path.includes('//')) return true
  if (/%(?![0-9a-f]{2})/i.test(path)) return true
  // Dot, slash, backslash, percent, and controls have no business encoded in our paths.
  if (/%(2e|2f|5c|25|[01][0-9a-f]|7f)/i.test(path)) return true
  return path.split('/').some((segment) => segment === '.' || segment === '..' || segment.includes(';'))
}
