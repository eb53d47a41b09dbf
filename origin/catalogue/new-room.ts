import type { NewFestival } from './make-festival.ts'

/**
 * Per minute: more than one household or script enters, fewer than a phone network whose fans share an address. Proof
 * of work is left to the organiser: it would exclude browsers without JavaScript and simple programs.
 */
const ENTRIES_PER_ADDRESS_MAX = 600

/** The default settings of a room; each can be changed, also during the sale. */
export const NEW_ROOM = {
  order: 'draw',
  ratePerSecond: 20,
  maxActive: 1000,
  entriesMax: 1_000_000,
  graceSeconds: 120,
  passSeconds: 600,
  holdSeconds: 420,
  entriesPerAddressMax: ENTRIES_PER_ADDRESS_MAX,
  proofOfWork: 0,
} as const satisfies Partial<NewFestival['room']>
