import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { permute } from '../../gateway/room/draw.ts'
import { loggedEntry } from '../../gateway/room/entry.ts'
import { formatReport } from './report.ts'
import { keyAt, makeDraw, ROOM } from './testing.ts'
import { type CheckName, type Known, type PublishedDraw, verifyDraw } from './verify.ts'

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
  it.each([0, 1, 2, 3, 4, 5, 1000])('of %d entries as the gateway makes it holds', (size) => {
    expect(brokenIn(makeDraw(size))).toEqual([])
  })

  it('holds when two entries have the same key, and this is said', () => {
    const key = randomBytes(16)
    const logged = loggedEntry(key, 2)
    const draw = makeDraw(3, ROOM, Buffer.concat([logged, randomBytes(16), logged]))
    const seed = Buffer.from(draw.seed, 'hex')
    const findings = verify(draw, { entryKey: key.toString('base64url') })
    expect([findings.honest, findings.repeatedKeys]).toEqual([true, 1])
    expect(findings.entry?.places).toEqual(
      [0, 2].map((index) => ({ index, position: permute(index, 3, seed) })),
    )
    expect(formatReport(findings)).toContain('1 entry has the key of an earlier one; this is allowed')
  })

  it('tells an entry the position that the gateway gives it', () => {
    const draw = makeDraw(1000)
    const key = keyAt(41)
    const position = permute(41, 1000, Buffer.from(draw.seed, 'hex'))
    const findings = verify(draw, { entryKey: key })
    expect(findings.entry).toEqual({ key, places: [{ index: 41, position }] })
    expect(formatReport(findings)).toContain(`${key} has index 41 and position ${position} of 0…999`)
  })

  it('tells an entry that came later that it was not in the lobby', () => {
    const key = randomBytes(16).toString('base64url')
    const findings = verify(makeDraw(10), { entryKey: key })
    expect(findings.entry).toEqual({ key, places: [] })
    expect(formatReport(findings)).toContain(`${key} was not in the lobby`)
  })

  it('is held to the commitment that was seen, and without one the report says so', () => {
    const draw = makeDraw(10)
    expect(brokenIn(draw, { commitmentSeen: draw.commitment })).toEqual([])
    const only = 'Only the published commitment was checked'
    expect(formatReport(verify(draw, { commitmentSeen: draw.commitment }))).not.toContain(only)
    expect(formatReport(verify(draw))).toContain(only)
  })
})

describe('a draw that was tampered with', () => {
  it.each<[string, CheckName[], (draw: PublishedDraw) => Partial<PublishedDraw>]>([
    ['secret', ['commitment', 'seed'], ({ secret }) => ({ secret: flipHex(secret) })],
    ['commitment', ['commitment'], ({ commitment }) => ({ commitment: flipHex(commitment) })],
    ['N, to one less', ['length', 'seed'], () => ({ lobbyEntries: 99 })],
    ['N, to one more', ['length', 'seed'], () => ({ lobbyEntries: 101 })],
    ['N, to none', ['length', 'seed'], () => ({ lobbyEntries: 0 })],
    [
      'N and log, both to one less',
      ['seed'],
      ({ log }) => ({ lobbyEntries: 99, log: log.subarray(0, 99 * 16) }),
    ],
    ['one byte of one entry', ['seed'], ({ log }) => ({ log: flipByte(log, 777) })],
    ['two entries, swapped', ['seed'], ({ log }) => ({ log: swapEntries(log, 3, 90) })],
    ['log, by a part of an entry', ['length'], ({ log }) => ({ log: Buffer.concat([log, randomBytes(7)]) })],
    ['seed', ['seed'], ({ seed }) => ({ seed: flipHex(seed) })],
  ])('is caught: its %s', (_, checks, tamper) => {
    const draw = makeDraw(100)
    expect(brokenIn({ ...draw, ...tamper(draw) })).toEqual(checks)
  })

  it('is caught when another secret is published with all that follows from it, by the commitment seen', () => {
    const seen = makeDraw(100).commitment
    const other = makeDraw(100)
    expect(brokenIn(other)).toEqual([])
    expect(brokenIn(other, { commitmentSeen: seen })).toEqual(['commitment-seen'])
  })

  it('is caught when it is the draw of another room, whatever room it says it is of', () => {
    const other = makeDraw(100, 'another-room')
    expect(brokenIn(other)).toEqual(['room', 'seed'])
    expect(brokenIn({ ...other, room: ROOM })).toEqual(['seed'])
  })

  it('is reported with all that is wrong', () => {
    const report = formatReport(verify({ ...makeDraw(100), lobbyEntries: 99 }))
    expect(report).toContain('BROKEN  N is not the length of the log: N is 99, the log has 100 entries')
    expect(report).toContain(
      'The draw is NOT honest: N is not the length of the log; the seed does not follow',
    )
  })
})
