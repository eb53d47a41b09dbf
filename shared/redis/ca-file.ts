import { readFileSync } from 'node:fs'

/** The parameter of Redis' URL with the path of the certificates (PEM) that the server's must be signed by. */
const PARAMETER = 'ca'
const HAS_PARAMETER = /[?&]ca=/

/**
 * Takes the file of certificates out of a URL, which ioredis would not understand, and reads it.
 *
 * @throws when it cannot be read, or has no certificate; the message contains no password
 */
export function readCaFile(url: string): { url: string; ca?: string } {
  if (!HAS_PARAMETER.test(url)) return { url }
  const parsed = URL.parse(url)
  const path = parsed?.searchParams.get(PARAMETER) ?? ''
  if (parsed === null || path === '') throw new Error('The URL of Redis has no file in its parameter ca')
  const ca = readFile(path)
  if (!ca.includes('-----BEGIN CERTIFICATE-----')) throw new Error(`${path} contains no certificate in PEM`)
  parsed.searchParams.delete(PARAMETER)
  return { url: parsed.href, ca }
}

function readFile(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (cause) {
    throw new Error(`The certificates in ${path} cannot be read`, { cause })
  }
}
