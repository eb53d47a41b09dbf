import { describe, expect, it } from 'vitest'
import { TICKET_VECTOR } from '../../../../../shared/testing/ticket-vector.ts'
import { OFFLINE_HOURS_MAX, usableUntil } from '../../../layout/browser/lib/ticket-permission.ts'
import { hashOf, importKeys } from './ticket-code.ts'
import { evaluateAlone, type Knowledge } from './ticket-evaluate.ts'
import { indexList } from './ticket-list.ts'

const { jwk, ticket, qr, typed } = TICKET_VECTOR
const hash = (await hashOf(ticket.code)) ?? ''
const other = (await hashOf('another ticket')) ?? ''
const keys = await importKeys([jwk])
const at = '2026-07-01T10:00:00.000Z'
const listOf = (valid: string, used: string, flagged = '') =>
  indexList({ festival: ticket.festival, at, types: [{ type: ticket.type, valid, used, flagged }] })

function evaluate(text: string, known: Partial<Knowledge> = {}) {
  const list = 'list' in known ? known.list : listOf(other + hash, '')
  const window = { opensAt: '2026-07-01T05:00:00.000Z', closesAt: '2026-07-02T02:00:00.000Z' }
  const usual = {
    window,
    nowMs: Date.parse(at),
    confirmed: [],
    usedHere: () => undefined,
    undoneHere: () => undefined,
  }
  return evaluateAlone(text, { festival: ticket.festival, keys, ...usual, ...known, list })
}

describe('a device without a network', () => {
  it.each([
    ['scanned', qr, ticket.number],
    ['typed', typed, ticket.number],
    ['given as its code', ticket.code, undefined],
  ])('admits a ticket on its list, %s', async (_, text, number) => {
    expect(await evaluate(text)).toEqual({ result: 'admitted', ticket: { type: ticket.type, number, hash } })
  })

  it('admits no ticket by a list that is too old, whatever the signature', async () => {
    const until = Date.parse(usableUntil(at))
    const window = { opensAt: at, closesAt: '2026-07-04T02:00:00.000Z' }
    expect(until - Date.parse(at)).toBe(OFFLINE_HOURS_MAX * 3_600_000)
    for (const text of [qr, typed, ticket.code]) {
      expect(await evaluate(text, { window, nowMs: until })).toMatchObject({ result: 'admitted' })
      expect(await evaluate(text, { window, nowMs: until + 1 })).toEqual({ result: 'undecided' })
    }
  })

  it('admits no ticket that was used before the list was made', async () => {
    for (const text of [qr, typed, ticket.code]) {
      expect(await evaluate(text, { list: listOf(other, hash) })).toMatchObject({ result: 'already-used' })
    }
  })

  it('admits no ticket twice, and shows when and where it was used', async () => {
    const usedHere = (asked: string) => (asked === hash ? { at, gate: 'North' } : undefined)
    for (const text of [qr, typed]) {
      expect(await evaluate(text, { usedHere })).toMatchObject({ result: 'already-used', at, gate: 'North' })
    }
    expect(await evaluate(qr, { usedHere, list: undefined })).toMatchObject({ result: 'already-used' })
  })

  it('M17: admits a ticket again whose check-in was undone here after the list was made', async () => {
    const list = listOf(other, hash)
    const later = { list, undoneHere: () => '2026-07-01T10:00:00.001Z' }
    expect(await evaluate(qr, later)).toMatchObject({ result: 'admitted' })
    // Used since then, according to a later list.
    const earlier = { list, undoneHere: () => '2026-07-01T09:59:59.999Z' }
    expect(await evaluate(qr, earlier)).toMatchObject({ result: 'already-used' })
  })

  it('admits no signed ticket that is not on its list: it is void, or newer', async () => {
    expect(await evaluate(qr, { list: listOf(other, '') })).toMatchObject({ result: 'not-listed' })
  })

  it.each([
    ['before the check-in window', '2026-07-01T04:59:59.999Z'],
    ['after it', '2026-07-02T02:00:00.001Z'],
    ['two months early', '2026-05-01T10:00:00.000Z'],
    ['in 1971, by its clock', '1971-01-01T00:00:00.000Z'],
  ])('H5: asks before it admits a ticket %s, and admits it once that is confirmed', async (_, now) => {
    const nowMs = Date.parse(now)
    for (const text of [qr, typed, ticket.code]) {
      expect(await evaluate(text, { nowMs })).toMatchObject({
        result: 'outside-window',
        opensAt: '2026-07-01T05:00:00.000Z',
      })
      expect(await evaluate(text, { nowMs, confirmed: ['outside-window'] })).toMatchObject({
        result: 'admitted',
      })
    }
    expect(await evaluate(qr, { nowMs, list: undefined })).toMatchObject({ result: 'outside-window' })
    expect(await evaluate(qr, { nowMs, list: listOf('', hash) })).toMatchObject({ result: 'already-used' })
  })

  it('H4: asks before it admits a ticket that is disputed or refunded', async () => {
    const list = listOf(other, '', hash)
    expect(await evaluate(qr, { list })).toMatchObject({ result: 'flagged' })
    expect(await evaluate(qr, { list, confirmed: ['flagged'] })).toMatchObject({ result: 'admitted' })
    const early = { list, nowMs: 0 }
    expect(await evaluate(qr, { ...early, confirmed: ['flagged'] })).toMatchObject({
      result: 'outside-window',
    })
  })

  it('follows the signature alone as long as it has no list', async () => {
    expect(await evaluate(qr, { list: undefined })).toMatchObject({ result: 'admitted' })
    expect(await evaluate(typed, { list: undefined })).toEqual({ result: 'undecided' })
    expect(await evaluate(ticket.code, { list: undefined })).toEqual({ result: 'undecided' })
  })

  it('follows the list alone where the browser cannot verify signatures', async () => {
    expect(await evaluate(qr, { keys: undefined })).toMatchObject({ result: 'admitted' })
    const list = listOf(other, '')
    expect(await evaluate(qr, { keys: undefined, list })).toEqual({
      result: 'unknown',
      why: 'no-such-ticket',
    })
    expect(await evaluate(qr, { keys: undefined, list: undefined })).toEqual({ result: 'undecided' })
  })

  it.each([
    ['forged', qr.replace('.345.', '.346.')],
    ['other-festival', qr.replace('naru-2026', 'naru-2027')],
    ['unreadable', 'hello'],
    ['no-such-ticket', typed.replace(/.$/, (letter) => (letter === '0' ? '1' : '0'))],
    ['no-such-ticket', typed.replace('12-', '13-')],
  ])('knows what is %s: %s', async (why, text) => {
    expect(await evaluate(text)).toEqual({ result: 'unknown', why })
  })
})
