import { createHash, randomBytes } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { describe, expect, it } from 'vitest'
import { loggedEntry } from '../../../gateway/room/entry.ts'
import { QUICKNET } from './beacon.ts'
import { formatReport } from './report.ts'
import { CLOSED_MS, keyAt, makeDraw, makeFirstDraw, positionIn, ROOM } from './testing.ts'
import { type CheckName, type Known, type PublishedDraw, verifyDraw } from './verify.ts'

type SecondVersion = PublishedDraw & { version: 2 }

const verify = (draw: PublishedDraw, known: Partial<Known> = {}) => verifyDraw(draw, { room: ROOM, ...known })

function brokenIn(draw: PublishedDraw, known: Partial<Known> = {}): CheckName[] {
  const { honest, checks } = verify(draw, known)
  const broken = checks.filter(({ holds }) => !holds).map(({ name }) => name)
  expect(honest).toBe(broken.length === 0)
  return broken
}

function flipByte(bytes: Uint8Array, at: number): Buffer {
  const changed = Buffer.from(bytes)
  changed.writeUInt8(changed.readUInt8(at) ^ 1, at)
  return changed
}

function swapEntries(log: Uint8Array, a: number, b: number): Buffer {
  const swapped = Buffer.from(log)
  swapped.set(log.subarray(a * 16, a * 16 + 16), b * 16)
  swapped.set(log.subarray(b * 16, b * 16 + 16), a * 16)
  return swapped
}

const flipHex = (hex: string) => flipByte(Buffer.from(hex, 'hex'), 31).toString('hex')

describe('an honest draw', () => {
  it.each([0, 1, 2, 3, 4, 5, 1000])('of %d entries as the gateway computes it holds', (size) => {
    expect(brokenIn(makeDraw(size))).toEqual([])
  })

  it('holds when two entries have the same key, and this is reported', () => {
    const key = randomBytes(16)
    const logged = loggedEntry(key, 2)
    const draw = makeDraw(3, ROOM, Buffer.concat([logged, randomBytes(16), logged]))
    const findings = verify(draw, { entryKey: key.toString('base64url') })
    expect([findings.honest, findings.repeatedKeys]).toEqual([true, 1])
    expect(findings.entry?.places).toEqual([
      { index: 0, takesPart: false, position: positionIn(draw, 0) },
      { index: 2, takesPart: true, position: positionIn(draw, 2) },
    ])
    expect(formatReport(findings)).toContain('1 entry has the key of an earlier one; this is allowed')
  })

  it('returns the position of an entry that the gateway gives it', () => {
    const draw = makeDraw(1000)
    const key = keyAt(41)
    const position = positionIn(draw, 41)
    const findings = verify(draw, { entryKey: key })
    expect(findings.entry).toEqual({ key, places: [{ index: 41, takesPart: true, position }] })
    expect(formatReport(findings)).toContain(
      `${key} has index 41, takes part, and position ${position} of 0…999`,
    )
  })

  it('places an entry that takes no part after those that do', () => {
    const draw = makeDraw(1000)
    const [place] = verify(draw, { entryKey: keyAt(42) }).entry?.places ?? []
    expect(place).toEqual({ index: 42, takesPart: false, position: positionIn(draw, 42) })
    expect(place?.position).toBe(draw.closing.participants + 14)
  })

  it('of version 1, in which the log holds keys and all take part, holds as well', () => {
    const draw = makeFirstDraw(100)
    expect(brokenIn(draw)).toEqual([])
    expect(verify(draw, { entryKey: keyAt(7) }).entry?.places).toMatchObject([{ index: 7, takesPart: true }])
    expect(brokenIn({ ...draw, log: flipByte(draw.log, 3) })).toEqual(['seed'])
  })

  it('reports for a later entry that it was not in the lobby', () => {
    const key = randomBytes(16).toString('base64url')
    const findings = verify(makeDraw(10), { entryKey: key })
    expect(findings.entry).toEqual({ key, places: [] })
    expect(formatReport(findings)).toContain(`${key} was not in the lobby`)
  })

  it('is compared with the commitment that was seen, and the report says so without one', () => {
    const draw = makeDraw(10)
    expect(brokenIn(draw, { commitmentSeen: draw.commitment })).toEqual([])
    const only = 'Only the published commitment was checked'
    expect(formatReport(verify(draw, { commitmentSeen: draw.commitment }))).not.toContain(only)
    expect(formatReport(verify(draw))).toContain(only)
  })
})

describe('a draw that was tampered with', () => {
  it.each<[string, CheckName[], (draw: SecondVersion) => Partial<SecondVersion>]>([
    ['secret', ['commitment', 'seed'], ({ secret }) => ({ secret: flipHex(secret) })],
    ['commitment', ['commitment'], ({ commitment }) => ({ commitment: flipHex(commitment) })],
    ['N, to one less', ['length', 'seed'], () => ({ lobbyEntries: 99 })],
    ['N, to one more', ['length', 'seed'], () => ({ lobbyEntries: 101 })],
    ['N, to none', ['length', 'participants', 'seed'], () => ({ lobbyEntries: 0 })],
    [
      'N and log, both to one less',
      ['log-hash', 'seed'],
      ({ log }) => ({ lobbyEntries: 99, log: log.subarray(0, 99 * 16) }),
    ],
    ['one byte of one entry', ['log-hash', 'seed'], ({ log }) => ({ log: flipByte(log, 777) })],
    ['two entries, swapped', ['log-hash', 'seed'], ({ log }) => ({ log: swapEntries(log, 3, 90) })],
    [
      'log, by a part of an entry',
      ['length', 'log-hash'],
      ({ log }) => ({ log: Buffer.concat([log, randomBytes(7)]) }),
    ],
    [
      'participants, by one',
      ['participants', 'seed'],
      ({ participants }) => ({ participants: flipByte(participants, 2) }),
    ],
    [
      'participants, by a place that there is none of',
      ['participants', 'seed'],
      ({ participants }) => ({ participants: flipByte(participants, participants.length - 1) }),
    ],
    [
      'hash of the log',
      ['log-hash'],
      ({ closing }) => ({ closing: { ...closing, logHash: flipHex(closing.logHash) } }),
    ],
    [
      'number of participants',
      ['participants'],
      ({ closing }) => ({ closing: { ...closing, participants: closing.participants + 1 } }),
    ],
    ['seed', ['seed'], ({ seed }) => ({ seed: flipHex(seed) })],
  ])('is caught: its %s', (_, checks, tamper) => {
    const draw = makeDraw(100)
    expect(brokenIn({ ...draw, ...tamper(draw) })).toEqual(checks)
  })

  it('is detected when another secret is published with all values derived from it, by the commitment seen', () => {
    const seen = makeDraw(100).commitment
    const other = makeDraw(100)
    expect(brokenIn(other)).toEqual([])
    expect(brokenIn(other, { commitmentSeen: seen })).toEqual(['commitment-seen'])
  })

  it('is detected when another lobby is published with all values derived from it, by the hashes seen', () => {
    const seen = makeDraw(100).closing
    const other = makeDraw(101)
    expect(brokenIn(other, { logHashSeen: seen.logHash })).toEqual(['log-hash-seen'])
    expect(brokenIn(other, { participantsHashSeen: seen.participantsHash })).toEqual([
      'participants-hash-seen',
    ])
    expect(brokenIn(other, { logHashSeen: other.closing.logHash })).toEqual([])
  })

  it('is detected when it is the draw of another room, whatever room it names', () => {
    const other = makeDraw(100, 'another-room')
    expect(brokenIn(other)).toEqual(['room', 'seed'])
    expect(brokenIn({ ...other, room: ROOM })).toEqual(['seed'])
  })

  it('is reported with all failed checks', () => {
    const report = formatReport(verify({ ...makeDraw(100), lobbyEntries: 99 }))
    expect(report).toContain('BROKEN  N is not the length of the log: N is 99, the log has 100 entries')
    expect(report).toContain(
      'The draw is NOT honest: N is not the length of the log; the seed does not follow',
    )
  })
})

describe('a draw with a public beacon', () => {
  // As quicknet signed it on 15 September 2023; its SHA-256 is the published randomness fc1873a1…
  const signature =
    'b713718a38ae728dfd477991af2822e08d2f305e47718cef9f7848ce4050e7be41076862b98fad56e91a6b85b89cd97b'
  const round = {
    number: 657_413,
    at: new Date(CLOSED_MS + 3500),
    publicKey: QUICKNET.publicKey as string,
  }
  const draw = makeDraw(20, ROOM, undefined, { beacon: 'required', round, signature })
  const closedWith = (change: Partial<SecondVersion['closing']>) => ({
    closing: { ...draw.closing, ...change },
  })

  it('holds with a recorded round of drand quicknet, and reports that it was unpredictable', () => {
    expect(brokenIn(draw)).toEqual([])
    expect(verify(draw).randomness).toBe('quicknet')
    expect(formatReport(verify(draw))).toContain('round 657413 of drand quicknet, which nobody could foresee')
  })

  it.each<[string, CheckName[], Partial<SecondVersion>]>([
    ['another round', ['round', 'signature', 'seed'], closedWith({ round: { ...round, number: 657_414 } })],
    ['a round of its own choice', ['round'], closedWith({ closedAt: new Date(CLOSED_MS - 3000) })],
    ['a round that was known already', ['round'], closedWith({ closedAt: new Date(CLOSED_MS + 3000) })],
    ['another time for the round', ['round'], closedWith({ round: { ...round, at: new Date(0) } })],
    [
      'a signature that is none',
      ['signature', 'seed'],
      { signature: flipHex(signature.slice(32)).padStart(96, '0') },
    ],
    ['no signature', ['rule', 'seed'], { signature: undefined }],
    ['no round', ['rule', 'seed'], closedWith({ round: undefined })],
  ])('is caught when it took %s', (_, checks, change) => {
    expect(brokenIn({ ...draw, ...change })).toEqual(checks)
  })

  it('reports when the beacon is not quicknet', () => {
    const { shortSignatures } = bls12_381
    const { secretKey, publicKey } = shortSignatures.keygen(new Uint8Array(48).fill(7))
    const number = Buffer.alloc(8)
    number.writeBigUInt64BE(5n)
    const message = shortSignatures.hash(
      createHash('sha256').update(number).digest(),
      'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_',
    )
    const own = makeDraw(20, ROOM, undefined, {
      beacon: 'preferred',
      round: { number: 5, at: new Date(CLOSED_MS + 4000), publicKey: publicKey.toHex() },
      signature: shortSignatures.sign(message, secretKey).toHex(),
    })
    expect(brokenIn(own)).toEqual([])
    expect(formatReport(verify(own))).toContain('ANOTHER beacon than drand quicknet')
  })

  it('reports when the beacon stayed silent, and when none was requested', () => {
    const silent = makeDraw(20, ROOM, undefined, { beacon: 'preferred', round })
    expect(brokenIn(silent)).toEqual([])
    expect(formatReport(verify(silent))).toContain('stayed SILENT for round 657413')
    expect(formatReport(verify(makeDraw(20)))).toContain('NO beacon was asked for')
  })
})
