/**
 * The errors that a caller should be able to distinguish: stable codes, each with its HTTP status and title. A code
 * becomes the last part of the problem's `type` (RFC 9457, section 3.1.1).
 */
export const PROBLEMS = {
  'bad-request': [400, 'The request cannot be understood'],
  'invalid-input': [422, 'The input is not valid'],
  'ambiguous-path': [400, 'The path can be read in more than one way'],
  'signature-invalid': [400, 'The signature does not match the body, or is too old'],
  'token-missing': [401, 'This needs a token'],
  'token-invalid': [401, 'The token is not valid'],
  'token-wrong-audience': [403, 'The token is for something else'],
  'sign-in-failed': [401, 'The address or the password is wrong'],
  'password-wrong': [403, 'The current password is wrong'],
  'reset-ended': [410, 'The way to set a new password has been used, or is too old'],
  'confirmation-wrong': [403, 'The code is wrong'],
  'confirmation-ended': [410, 'The code or link was used, has expired, or was tried too often'],
  'address-taken': [409, 'Another account has confirmed this address'],
  'code-wrong': [403, 'The code is wrong or was used'],
  'challenge-ended': [410, 'The sign-in took too long, or its account was signed out meanwhile'],
  'second-factor-needed': [403, 'The team takes a session with a second factor'],
  'invitation-ended': [410, 'The invitation was used or withdrawn, or has expired'],
  'invitation-for-another-address': [403, 'The invitation is for another address'],
  'last-owner': [409, 'A team keeps one owner at least'],
  'account-unproven': [409, 'The address of the account is not confirmed'],
  forbidden: [403, 'This is not allowed'],
  'cross-site': [403, 'Another site may not ask for this'],
  'not-found': [404, 'There is no such thing'],
  'precondition-failed': [412, 'It has changed since it was read'],
  'method-not-allowed': [405, 'This path takes other methods'],
  'request-timeout': [408, 'The request took too long to arrive'],
  'body-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The body must be JSON'],
  conflict: [409, 'This does not go with how things stand'],
  'too-many-drafts': [409, 'Too many drafts'],
  'festival-taken': [409, 'Another festival has this ID'],
  'image-invalid': [422, 'The image cannot be used'],
  'room-not-open': [409, 'The room is not open'],
  'room-full': [503, 'The room is full'],
  'network-full': [429, 'Too many places of the room have been taken from this network'],
  'proof-needed': [403, 'Entering takes a proof of work'],
  'too-many': [429, 'Too many requests; try again later'],
  'not-called': [409, 'It is not your turn yet'],
  'no-free-slot': [409, 'It is your turn, and a slot is not free yet'],
  'entry-drawn': [409, 'The entry took part in the draw and gives no place any more'],
  'turn-missed': [409, 'The turn has passed'],
  'place-used': [409, 'The place has been used'],
  'place-lost': [409, 'The place could not be restored'],
  'place-moved': [409, 'The place is another one now'],
  'place-missing': [404, 'The account has no place here'],
  'place-bound': [409, 'The account waits at another place'],
  'place-of-another-account': [403, 'The place is bound to another account'],
  'pass-held': [409, 'The account has a live pass already'],
  'pass-ended': [403, 'The pass has ended'],
  'room-restored': [409, 'The room was restored after a failure; the pass is void and the place is kept'],
  'hold-missing': [404, 'Nothing is held'],
  'hold-expired': [409, 'The hold has expired'],
  'hold-paying': [409, 'The hold is being paid for'],
  'payment-paused': [429, 'Payments were declined or given up; another can be made after a pause'],
  'hold-changed': [409, 'The hold is not what the payment names; nothing was charged'],
  'not-on-sale': [409, 'The ticket type is not on sale'],
  'units-held': [409, 'All units left are held by others; some may return'],
  'sold-out': [409, 'Sold out'],
  'limit-reached': [409, 'The limit per account is reached'],
  'refund-deadline-passed': [409, 'The time to cancel has passed'],
  'checked-in': [409, 'A ticket of the order has been used'],
  'order-cancelled': [409, 'The order is cancelled, which refunds all that remains'],
  'ticket-void': [409, 'A ticket is void or not of this order'],
  'whole-order': [409, 'These are all valid tickets of the order: cancel it'],
  'charge-disputed': [409, 'The charge is disputed; nothing is refunded until that is decided'],
  'refund-too-large': [409, 'The refund is more than remains of what was paid'],
  'refund-amount-needed': [422, 'Prices have changed: the refund needs an amount'],
  'refund-account-needed': [422, 'A deposit is refunded to an account that must be named'],
  'idempotency-key-missing': [400, 'An Idempotency-Key is needed'],
  'idempotency-key-reused': [422, 'The Idempotency-Key was used with another request'],
  'request-in-flight': [409, 'The first request with this Idempotency-Key is still being handled'],
  busy: [503, 'Too much is waiting; try again shortly'],
  unavailable: [503, 'A part of the service is unavailable; try again shortly'],
  'headers-too-large': [431, 'The headers are too large or too many'],
  'not-implemented': [501, 'This server does not do that'],
  internal: [500, 'Something went wrong on our side'],
} as const satisfies Record<string, readonly [status: number, title: string]>

/** The default Retry-After of a 503. */
export const UNAVAILABLE_RETRY_SECONDS = 2

export type ProblemCode = keyof typeof PROBLEMS

/** One validation error of the input; `pointer` is a JSON Pointer (RFC 6901) into the body or query. */
export type InputError = {
  pointer: string
  detail: string
  /** Stable, where the broken rule has its own code. */
  code?: string
}

export type ProblemExtras = {
  /** Seconds after which to retry; also sent as `Retry-After`. */
  retryAfterSeconds?: number
  errors?: InputError[]
  /** The methods that the path supports; sent as `Allow`. */
  allow?: readonly string[]
  /** Further members of the problem document, safe to show to the caller. */
  members?: Record<string, string | number | boolean | object>
  cause?: unknown
}

/** The RFC 9457 document as it is sent. */
export type ProblemDocument = {
  type: string
  title: string
  status: number
  code: ProblemCode
  detail?: string
  errors?: InputError[]
  requestId?: string
  [member: string]: unknown
}

/** Thrown at the edge, where an expected outcome becomes an HTTP response. */
export class Problem extends Error {
  readonly code: ProblemCode
  readonly extras: ProblemExtras

  /** @param detail - one sentence for the caller; nothing internal goes in it */
  constructor(code: ProblemCode, detail?: string, extras: ProblemExtras = {}) {
    super(detail ?? PROBLEMS[code][1], { cause: extras.cause })
    this.name = 'Problem'
    this.code = code
    this.extras = extras
  }

  get status(): number {
    return PROBLEMS[this.code][0]
  }

  document(requestId?: string): ProblemDocument {
    const [status, title] = PROBLEMS[this.code]
    return {
      ...this.extras.members,
      type: `/problems/${this.code}`,
      title,
      status,
      code: this.code,
      ...(this.message === title ? {} : { detail: this.message }),
      ...(this.extras.errors === undefined ? {} : { errors: this.extras.errors }),
      ...(this.extras.retryAfterSeconds === undefined
        ? {}
        : { retryAfterSeconds: this.extras.retryAfterSeconds }),
      ...(requestId === undefined ? {} : { requestId }),
    }
  }

  headers(): Record<string, string> {
    const { retryAfterSeconds = this.status === 503 ? UNAVAILABLE_RETRY_SECONDS : undefined } = this.extras
    return {
      'content-type': 'application/problem+json',
      'cache-control': 'no-store',
      ...(this.extras.allow === undefined ? {} : { allow: this.extras.allow.join(', ') }),
      ...(this.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    }
  }
}
