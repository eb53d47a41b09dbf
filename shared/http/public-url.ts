import { httpUrl } from '../runtime/env.ts'

const RULE =
  'an https URL, or an http URL of this machine (localhost, 127.0.0.1, [::1]): elsewhere browsers keep no session over plain http'

/**
 * The URL of the gateway, which decides how cookies are named and sent (see cookies.ts). It has no default: with a
 * localhost default, a site behind TLS would send its sessions without `Secure`.
 */
export function publicUrl() {
  return httpUrl({
    rule: RULE,
    accepts: ({ protocol, hostname }) => protocol === 'https:' || isLoopback(hostname),
  })
}

/** Whether a URL's host is the machine that the browser runs on (W3C Secure Contexts, section 3.1). */
export function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname)
}
