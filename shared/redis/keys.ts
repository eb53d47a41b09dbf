/** hash: origin → when it was last heard of, and its health; about no room, and used in no script with one */
export const ORIGINS_KEY = 'origins'

/**
 * Every key of a room. All carry the hash tag `{room}`, so that a Redis Cluster keeps a room's keys on one node and
 * one script may use them together.
 */
export function roomKeys(room: string) {
  const key = (name: string) => `room:{${room}}:${name}`
  return {
    /** hash: epoch, schedule, rate, limits; written by the origin */
    settings: key('settings'),
    /** string: 16 bytes per entry, in order of arrival */
    entries: key('entries'),
    /** string: the index given to this entry key, kept a while so that a retry gets the same */
    entry: (entryKey: string) => key(`entry:${entryKey}`),
    /** hash: serving, token bucket, the measured share of called fans who claim, what the draw fixed */
    admission: key('admission'),
    /** sorted set: quarter of a second → last position called in it */
    calls: key('calls'),
    /** hash: quarter of a second → called fans not resolved yet; `total` */
    unresolved: key('unresolved'),
    /** bitmap by position: claimed, or given up */
    claimed: key('claimed'),
    /** sorted set: position → itself, of called fans who found no free slot and go in first */
    turns: key('turns'),
    /** sorted set: position → when its kept turn ends */
    turnEnds: key('turn-ends'),
    /** sorted set: account → when its live pass ends, in milliseconds */
    passes: key('passes'),
    /** hash: account → pass ID and position of its latest pass */
    pass: key('pass'),
    /** hash: quantity, free, held and sold of each ticket type */
    stock: key('stock'),
    /** hash: ticket type → price, limit per account, sale window */
    types: key('types'),
    /** hash: account and ticket type → units held and sold */
    counts: key('counts'),
    /** sorted set: hold → when it expires; far away while it is being paid for */
    holds: key('holds'),
    /** hash: hold → its content */
    hold: key('hold'),
    /** stream: payments to be made */
    payments: key('payments'),
    /** hash: state of one payment */
    payment: (payment: string) => key(`payment:${payment}`),
    /** string: the payment an Idempotency-Key of an account stands for */
    idempotency: (account: string, idempotencyKey: string) => key(`idempotency:${account}:${idempotencyKey}`),
  } as const
}

export type RoomKeys = ReturnType<typeof roomKeys>
