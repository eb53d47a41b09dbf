/** hash: origin → time of its last heartbeat, and its health; belongs to no room, and is used in no script with one */
export const ORIGINS_KEY = 'origins'

/** channel: the ID of each payment whose state has changed, for all rooms */
export const PAYMENT_CHANGES_CHANNEL = 'payment-changes'

/** string: the origin that reconciles in this interval; belongs to no room, and is used in no script with one */
export const RECONCILE_TURN_KEY = 'reconcile-turn'

/** string: the origin that ends payments whose fans did not act in time, in this interval; used in no script */
export const ACTIONS_TURN_KEY = 'actions-turn'

/** string: the origin that clears the remains of archived rooms in Redis, in this interval; used in no script */
export const CLEAR_TURN_KEY = 'clear-turn'

/**
 * string: written to check whether Redis accepts writes, under several numbers so that every node of a cluster has one
 */
export const readinessKey = (number: number) => `readiness:{${number}}`

/** The room that a key belongs to; undefined for keys without a room. */
export function roomOfKey(key: string): string | undefined {
  return /^room:\{([^}]+)\}:/.exec(key)?.[1]
}

/**
 * string: an account's sessions issued before this second are revoked; stored for as long as such a session would last
 */
export const sessionEndKey = (account: string) => `session-end:{${account}}`

/** string: exists once this session was revoked; stored for as long as the session would have lasted */
export const endedSessionKey = (account: string, session: string) => `session-ended:{${account}}:${session}`

/** string: run ID of the Redis that knows every revoked session; for all accounts, and used in no script */
export const SESSION_ENDS_KEY = 'session-ends'

/**
 * Strings that count attempts to sign in, or to have e-mails sent, one for each limit. They are few and short-lived, so
 * each kind has one hash tag, and one script may check them all.
 *
 * @param device - the ID of a device on which the account was signed in before, '' where there is none
 * @param proof - the nonce of the proof of work in the request, '' without one
 */
export function attemptsKeys(
  kind: string,
  {
    subject,
    network,
    device = '',
    proof = '',
  }: { subject: string; network: string; device?: string; proof?: string },
) {
  const key = (name: string) => `attempts:{${kind}}:${name}`
  return {
    network: key(`network:${network}`),
    /** At one account, from one network. */
    pair: key(`pair:${subject}:${network}`),
    /** At one account, from anywhere. */
    subject: key(`subject:${subject}`),
    /** At one account, from one known device. */
    device: key(`device:${subject}:${device}`),
    /** At one account, paid for with a proof of work. */
    proven: key(`proven:${subject}`),
    /** Exists once this proof was used. */
    proof: key(`proof:${proof}`),
  } as const
}

/**
 * Every key of a room. All carry the hash tag `{room}`, so that a Redis Cluster keeps a room's keys on one node and
 * one script may use them together.
 */
export function roomKeys(room: string) {
  const key = (name: string) => `room:{${room}}:${name}`
  return {
    /** hash: epoch, schedule, rate, limits; written by the origin */
    settings: key('settings'),
    /** string: token of the builder of the room, while its lease lasts */
    rebuild: key('rebuild'),
    /** string: 16 bytes per entry, in order of arrival */
    entries: key('entries'),
    /** string: epoch and index given to this entry key, stored for a while so that a retry gets the same */
    entry: (entryKey: string) => key(`entry:${entryKey}`),
    /** hash: entry whose index belonged to another one first → the index it has instead */
    moved: key('moved'),
    /**
     * string: 4 bytes per entry, the second in which it was created, for entries that their fans have restored; else
     * zeros
     */
    seconds: key('seconds'),
    /** string: number of entries from this network in a minute; only while the room limits them */
    address: (network: string) => key(`address:${network}`),
    /** hash: serving, token bucket, the measured share of called fans who claim, the draw's record */
    admission: key('admission'),
    /** sorted set: quarter of a second → last position called in it */
    calls: key('calls'),
    /** hash: quarter of a second → called fans not resolved yet; `total` */
    unresolved: key('unresolved'),
    /** bitmap by position: claimed, or left */
    claimed: key('claimed'),
    /** sorted set: position → itself, of called fans who found no free slot and go in first */
    turns: key('turns'),
    /** sorted set: position → when its kept turn ends */
    turnEnds: key('turn-ends'),
    /** sorted set: account → when its live pass ends, in milliseconds */
    passes: key('passes'),
    /** hash: account → pass ID and position of its latest pass */
    pass: key('pass'),
    /** hash: index → the account it is bound to, and @account → the index of its place */
    accounts: key('accounts'),
    /** bitmap by index: takes part in the draw; unchanged from the opening on */
    participants: key('participants'),
    /**
     * hash: number of participants, in all and by network and mail domain (hashes), those over a limit; entries by
     * network
     */
    chances: key('chances'),
    /** stream: bindings of places, until an origin has stored them in MySQL */
    bindings: key('bindings'),
    /** hash: quantity, free, held and sold of each ticket type */
    stock: key('stock'),
    /** hash: ticket type → price, limit per account, sale window */
    types: key('types'),
    /** hash: account and ticket type → units held and sold */
    counts: key('counts'),
    /** sorted set: hold → when it expires; far in the future while it is being paid for */
    holds: key('holds'),
    /** hash: hold → its content */
    hold: key('hold'),
    /** hash: order being cancelled → the epoch whose stock counts its units as sold, until they are for sale again */
    returning: key('returning'),
    /** stream: payments to be processed */
    payments: key('payments'),
    /** hash: state of one payment */
    payment: (payment: string) => key(`payment:${payment}`),
    /** string: until when an account may not pay, in milliseconds, after declined payments */
    payPause: (account: string) => key(`pay-pause:${account}`),
    /** string: until when a pass may hold, in milliseconds, after it released its hold */
    holdUntil: (pass: string) => key(`hold-until:${pass}`),
    /** string: the payment created with an Idempotency-Key of an account */
    idempotency: (account: string, idempotencyKey: string) => key(`idempotency:${account}:${idempotencyKey}`),
  } as const
}

export type RoomKeys = ReturnType<typeof roomKeys>
