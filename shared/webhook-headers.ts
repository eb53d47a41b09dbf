type Headers = readonly [string, ...string[]]

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
const STANDARD_HEADERS: Headers = ['webhook-signature', 'webhook-id', 'webhook-timestamp']

/** The headers by which each payment provider signs its events, the signature first. */
export const WEBHOOK_HEADERS: ReadonlyMap<string, Headers> = new Map<string, Headers>([
  ['stripe', ['stripe-signature']],
  ['portone', STANDARD_HEADERS],
  ['sandbox', STANDARD_HEADERS],
])
