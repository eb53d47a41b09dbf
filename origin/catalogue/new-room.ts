import type { NewFestival } from './make-festival.ts'

/** The settings of a room that an organiser has not chosen; each can be changed, also during the sale. */
export const NEW_ROOM = {
  order: 'draw',
  ratePerSecond: 20,
  maxActive: 1000,
  entriesMax: 1_000_000,
  graceSeconds: 120,
  passSeconds: 600,
  holdSeconds: 420,
  entriesPerAddressMax: 0,
  proofOfWork: 0,
} as const satisfies Partial<NewFestival['room']>
