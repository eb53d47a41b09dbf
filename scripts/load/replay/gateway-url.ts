import { ReplayRefused } from './refused.ts'

/**
 * The origin (RFC 6454) of the gateway to replay against. A replay is a load test, so a gateway on another host is
 * refused unless `remote` allows it.
 */
export function readGatewayUrl(text: string, remote: boolean): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new ReplayRefused(`"${text}" is not an http or https URL`)
  }
  if (url.username !== '' || url.password !== '' || url.pathname !== '/' || url.search + url.hash !== '') {
    throw new ReplayRefused(`"${text}" must be a scheme, a host and a port, nothing more`)
  }
  if (!remote && !isLoopback(url.hostname)) {
    throw new ReplayRefused(
      `${url.host} is not on this machine. A replay is a load test: add --remote if the system is yours and you mean it`,
    )
  }
  return url.origin
}

/** @param hostname - as normalised by `URL`, so that an IPv4 address in any notation is four decimals here */
function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname)
}
