import { describe, expect, it } from 'vitest'
import { checkBeacon, QUICKNET } from './beacon.ts'
import type { PublishedDraw } from './lib/check-draw.ts'

/** A round of drand quicknet as published. */
const ROUND = 657_413
const SIGNATURE =
  'b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b'
/** Of another beacon: drand's test vector for the same scheme. */
const OTHER_KEY =
  '89a89a8c93a7e46e2714aa7eab0e4a73be5242a382b2d3a2a84deb4df7027120ff2b8da92089997dc3edbabb5267ea6910b9b66eb69c40a4d5a276ae758534734990babaa8c8ce54873f79fd3fc03c329de818601c95d89451b4b66562dd79ce'
/** The last moment for which this round is the first that is due three seconds later. */
const CLOSED_MS = QUICKNET.genesisMs + (ROUND - 1) * QUICKNET.periodMs - 3000

function draw({
  number = ROUND,
  publicKey = QUICKNET.publicKey as string,
  signature = SIGNATURE,
  closedMs = CLOSED_MS,
  hasRound = true,
  version = 2,
} = {}): PublishedDraw {
  const round = hasRound ? { round: { number, publicKey } } : {}
  const closedAt = new Date(closedMs).toISOString()
  return {
    ...{ room: 'r', version, commitment: '', secret: '', seed: '', lobbyEntries: 0 },
    closing: { participants: 0, logHash: '', participantsHash: '', closedAt, ...round },
    ...(signature === '' ? {} : { signature }),
  }
}

describe('the round of a draw, verified in the browser', () => {
  it.each([
    ['of the public beacon, the first after the closing, is genuine', draw(), 'signed'],
    [
      'genuine, but not the first after the closing, is refused',
      draw({ closedMs: CLOSED_MS - 3001 }),
      'false-round',
    ],
    [
      'genuine, but due before everyone saw the hashes, is refused',
      draw({ closedMs: CLOSED_MS + 1 }),
      'false-round',
    ],
    ['with the signature of another round is refused', draw({ number: ROUND + 1 }), 'false-signature'],
    [
      'with something that is no signature is refused',
      draw({ signature: 'ab'.repeat(48) }),
      'false-signature',
    ],
    ['signed with another key than it names is refused', draw({ publicKey: OTHER_KEY }), 'false-signature'],
    ['that never came is reported as missing', draw({ signature: '' }), 'silent'],
    ['that was not chosen is reported as none', draw({ signature: '', hasRound: false }), 'none'],
    ['that does not exist has no signature', draw({ hasRound: false }), 'false-signature'],
    ['is nothing in a draw of before', draw({ version: 1 }), undefined],
  ])('%s', async (_, published, expected) => {
    expect(await checkBeacon(published)).toBe(expected)
  })
})
