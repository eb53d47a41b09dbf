import { readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import type { SslOptions } from 'mysql2'

/**
 * The options of mysql2 for a URL. With `?ca=FILE` the connection is encrypted, and the server's certificate must be
 * signed by one of that file (PEM) and name the host of the URL; a server without TLS is refused.
 *
 * @throws when the file cannot be used, or the host is an address: mysql2 would compare the certificate with `localhost`
 */
export function connectionTo(url: string): { uri: string; ssl?: SslOptions } {
  const parsed = URL.parse(url)
  const file = parsed?.searchParams.get('ca') ?? null
  if (parsed === null || file === null) return { uri: url }
  if (isIP(parsed.hostname.replace(/^\[|\]$/g, '')) !== 0) {
    throw new Error('With ca, the URL of MySQL must have the name of its host, not an address')
  }
  parsed.searchParams.delete('ca')
  // mysql2 does not check the host name by default.
  return {
    uri: parsed.href,
    ssl: { ca: readCertificates(file), verifyIdentity: true, minVersion: 'TLSv1.2' },
  }
}

/** Without certificates Node would trust the public ones. */
function readCertificates(file: string): string {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    throw new Error(`The certificates of MySQL in ${file} cannot be read`, { cause })
  }
  if (text.includes('-----BEGIN CERTIFICATE-----')) return text
  throw new Error(`${file} contains no certificate of MySQL in PEM`)
}
