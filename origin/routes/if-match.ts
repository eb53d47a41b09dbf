import { Problem } from '../../shared/api/problem.ts'
import { matchesStrongly } from '../../shared/http/etag.ts'
import type { VersionCheck } from '../festivals/locked-festival.ts'

/**
 * The entity tag of a festival, its room and its ticket types, which have one version: what organisers set. It does not
 * cover counts of sold units, so that a sale outdates no version.
 */
export function versionEtag(version: number): string {
  return `"${version}"`
}

/** Which versions an If-Match header allows to be changed (RFC 9110, section 13.1.1); undefined without one. */
export function readIfMatch(header: string | undefined): VersionCheck {
  return header === undefined ? undefined : (version) => matchesStrongly(header, versionEtag(version))
}

export function outdated(): Problem {
  return new Problem('precondition-failed', 'It was changed by someone else since it was read; read it again')
}
