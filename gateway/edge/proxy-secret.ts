import { timingSafeEqual } from 'node:crypto'

/** The request header in which a CDN sends the secret that it shares with the gateway. */
export const PROXY_SECRET_HEADER = 'x-naru-proxy'

/** True for the value of a header that is one of the secrets; a repeated header, which Node joins, is none of them. */
export type ProxySecrets = (header: string | string[] | undefined) => boolean

/** Two while a secret is rotated, and some to spare. */
const SECRETS_MAX = 4
const CHARACTERS_MAX = 256
/** What any proxy can send in a header unchanged (RFC 9110, section 5.5), without the comma between two secrets. */
const SECRET = /^[\x21-\x2b\x2d-\x7e]{32,256}$/

/** Parses secrets separated by commas; undefined when any of them is invalid. Nothing can read them from the result. */
export function readProxySecrets(text: string): ProxySecrets | undefined {
  const secrets = text.split(',').map((secret) => secret.trim())
  if (secrets.length > SECRETS_MAX || !secrets.every((secret) => SECRET.test(secret))) return undefined
  const expected = secrets.map((secret) => Buffer.from(secret))
  return (header) => {
    if (typeof header !== 'string' || header.length > CHARACTERS_MAX) return false
    const given = Buffer.from(header)
    return expected.some((secret) => secret.length === given.length && timingSafeEqual(secret, given))
  }
}

const HEADER_NAME = /^[a-z0-9-]{1,64}$/
/** The secret itself, and headers that Node does not join when they are repeated or that have another meaning. */
const NO_ADDRESS = new Set([PROXY_SECRET_HEADER, 'set-cookie', 'cookie', 'host', 'authorization'])

/** The name of the header in which the CDN sends its client's address, in lower case; undefined when it is invalid. */
export function readAddressHeader(text: string): string | undefined {
  const name = text.toLowerCase()
  return HEADER_NAME.test(name) && !NO_ADDRESS.has(name) ? name : undefined
}
