/** Limits of one festival. */
export const TICKET_TYPES_MAX = 50

export const NAME_CHARACTERS_MAX = 200
export const TYPE_NAME_CHARACTERS_MAX = 100
export const DESCRIPTION_CHARACTERS_MAX = 4000

/** The range of a ticket type's numbers, except its number of units. */
export const TICKET_TYPE_LIMITS = {
  priceMinor: { min: 0, max: 100_000_000 },
  accountLimit: { min: 1, max: 100 },
} as const

/** The default time zone of a festival, also of those created before time zones existed. */
export const TIME_ZONE_DEFAULT = 'Asia/Seoul'

/** How long before a festival begins, and after it has ended, tickets can be checked in. */
export const CHECK_IN_MINUTES = { min: 0, max: 20_160, defaultBefore: 240, defaultAfter: 120 } as const

/** The range of each setting. */
export const ROOM_LIMITS = {
  ratePerSecond: { min: 1, max: 10_000 },
  maxActive: { min: 1, max: 100_000 },
  entriesMax: { min: 1, max: 10_000_000 },
  graceSeconds: { min: 10, max: 3600 },
  passSeconds: { min: 30, max: 3600 },
  holdSeconds: { min: 30, max: 3600 },
  entriesPerAddressMax: { min: 0, max: 1_000_000 },
  /** In thousands of hashes: a million take a typical phone about 10 s, of the challenge's 300 s. */
  proofOfWork: { min: 0, max: 1000 },
  participantsPerNetworkMax: { min: 0, max: 1_000_000 },
  participantsPerDomainMax: { min: 0, max: 1_000_000 },
} as const

export const NOTICE_CHARACTERS_MAX = 500

export const TICKET_TEXT_LENGTH_MAX = 250

export const TOKEN_CHARACTERS = 43
