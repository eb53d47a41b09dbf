import { expect, it } from 'vitest'
import { fullWidth, TICKET_VECTOR } from '../../../../../shared/testing/ticket-vector.ts'
import { hashOf, importKeys, isSigned, lettersOf, readTicket, textToRecord } from './ticket-code.ts'

const { jwk, ticket, qr, typed } = TICKET_VECTOR
const otherKey = { ...jwk, x: 'GVy2W0SOPuLGVGG2zgHbLb4VpRNQxLhGqRkWDFZdKFs' }

it('reads what the origin wrote', () => {
  expect(readTicket(` ${qr}\n`)).toEqual({ kind: 'signed', ...ticket, text: qr })
  const letters = typed.split('-')[2]
  expect(readTicket(typed.toLowerCase().replaceAll('-', ' '))).toEqual({
    ...{ kind: 'typed', type: ticket.type, number: ticket.number, letters },
  })
  expect(readTicket(ticket.code)).toEqual({ kind: 'code', code: ticket.code })
})

// Covers "Tokens and QR texts accept spare base64url bits".
it('rejects a ticket whose code or signature has spare bits as unreadable, as the origin does', () => {
  const spare = (text: string) =>
    text.slice(0, -1) + String.fromCharCode(text.charCodeAt(text.length - 1) + 1)
  for (const text of [spare(qr), qr.replace(ticket.code, spare(ticket.code)), spare(ticket.code)]) {
    expect(readTicket(text)).toEqual({ kind: 'unreadable' })
  }
})

it('reads full-width and lower-case characters of a Korean input method like the printed ones', () => {
  const read = { kind: 'typed', type: ticket.type, number: ticket.number, letters: typed.split('-')[2] }
  expect(readTicket(fullWidth(typed))).toEqual(read)
  expect(readTicket(fullWidth(typed.toLowerCase()))).toEqual(read)
  expect(readTicket('12-345-뮻123')).toEqual(readTicket('12-345-ABC123'))
  expect(readTicket(fullWidth(qr))).toEqual({ kind: 'signed', ...ticket, text: qr })
  expect(readTicket(fullWidth(ticket.code))).toEqual({ kind: 'code', code: ticket.code })
})

it('reads a signed ticket that was typed with Caps Lock on', () => {
  const swapped = [...qr].map((letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
  expect(readTicket(swapped.join(''))).toEqual({ kind: 'signed', ...ticket, text: qr })
  expect(textToRecord(swapped.join(''))).toBe(qr)
})

it.each(['', 'https://example.com', qr.slice(0, -1), qr.replace('NARU1', 'NARU2'), '1-2-ABC'])(
  'does not read %j as a ticket',
  (text) => {
    expect(readTicket(text)).toEqual({ kind: 'unreadable' })
  },
)

it("verifies the origin's signature under any of its keys, and under no other", async () => {
  const both = (await importKeys([otherKey, jwk])) ?? []
  expect(await isSigned(qr, both)).toBe(true)
  expect(await isSigned(qr, both.slice(0, 1))).toBe(false)
})

it.each([
  ['festival', qr.replace('naru-2026', 'naru-2027')],
  ['type', qr.replace('.12.', '.11.')],
  ['number', qr.replace('.345.', '.346.')],
  ['code', qr.replace('AbCd', 'AbCe')],
  ['signature', `${qr.slice(0, -10)}AAAAAAAAAA`],
])('finds another %s not signed', async (_, text) => {
  expect(readTicket(text).kind).toBe('signed')
  expect(await isSigned(text, (await importKeys([jwk])) ?? [])).toBe(false)
})

it('reports when the browser cannot import the keys', async () => {
  expect(await importKeys([{ kty: 'OKP', crv: 'unheard-of', x: '' }])).toBeUndefined()
})

it('derives the typed letters from the hashes in lists', async () => {
  expect(`12-345-${lettersOf((await hashOf(ticket.code)) ?? '')}`).toBe(typed)
})

it('records a ticket as printed, and of any other text the part that the API accepts', () => {
  expect(textToRecord(fullWidth(` ${typed} `))).toBe(typed)
  expect(textToRecord(qr)).toBe(qr)
  expect(textToRecord('wifi\u0000\ud800\ufffd;\n')).toBe('wifi???;')
  const long = textToRecord('🎫'.repeat(4000))
  expect([long.length, /\p{Cs}/u.test(long)]).toEqual([64, false])
  expect(textToRecord('  ')).toBe('')
})
