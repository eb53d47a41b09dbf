import { describe, expect, it } from 'vitest'
import { makeTestKey } from '../../shared/testing/keys.ts'
import { fullWidth, TICKET_VECTOR } from '../../shared/testing/ticket-vector.ts'
import { readPrivateKey } from '../../shared/tokens/keys.ts'
import { createTicketReader, createTicketSigner } from './ticket-text.ts'

const key = makeTestKey()
const ticket = { festival: 'naru-2026', type: 12, number: 345, code: 'AbCdEfGhIjKlMnOpQrStUg' }
const { qr, typed } = createTicketSigner(key.privateKey, 10)(ticket)
/** Characters that decode to the same four significant bits as one whose spare bits are 0. */
const SPARE: Record<string, string> = { A: 'B', Q: 'R', g: 'h', w: 'x' }
const read = createTicketReader([key.publicKey])

describe('the text of a ticket', () => {
  it('contains its fields, signed, the same each time', () => {
    expect(qr).toMatch(/^NARU1\.naru-2026\.12\.345\.AbCdEfGhIjKlMnOpQrStUg\.[\w-]{86}$/)
    expect(createTicketSigner(key.privateKey, 10)(ticket)).toEqual({ qr, typed })
    expect(read(` ${qr}\n`)).toEqual({ kind: 'signed', ...ticket })
  })

  it('matches the text that browser tests parse', () => {
    const { privateBase64, ticket: signed, ...texts } = TICKET_VECTOR
    const sign = createTicketSigner(readPrivateKey('test', privateBase64), 10)
    expect(sign(signed)).toEqual({ qr: texts.qr, typed: texts.typed })
  })

  it('stays valid when the key was changed, as long as the old one is among the given keys', () => {
    const next = makeTestKey()
    expect(createTicketReader([next.publicKey, key.publicKey])(qr).kind).toBe('signed')
    expect(createTicketReader([next.publicKey])(qr).kind).toBe('forged')
  })

  it.each([
    ['another festival', qr.replace('naru-2026', 'naru-2027')],
    ['another type', qr.replace('.12.', '.13.')],
    ['another number', qr.replace('.345.', '.346.')],
    ['another code', qr.replace('AbCd', 'aBcD')],
    ['another signature', qr.replace(/\.[^.]{10}([^.]+)$/, '.AAAAAAAAAA$1')],
  ])('is rejected as forged with %s', (_, text) => {
    expect(read(text)).toEqual({ kind: 'forged' })
  })

  it('is accepted typed in any case, with spaces for hyphens, and with letters for similar digits', () => {
    const letters = typed.split('-')[2] ?? ''
    expect(typed).toMatch(/^12-345-[0-9A-HJKMNP-TV-Z]{6}$/)
    for (const text of [typed, typed.toLowerCase(), ` 12 345 ${letters} `, typed.replaceAll('0', 'o')]) {
      expect(read(text)).toEqual({ kind: 'typed', type: 12, number: 345, letters })
    }
    expect(read('12-345-OIL1O0')).toMatchObject({ letters: '011100' })
  })

  it('is accepted when Caps Lock was on while a scanner typed it', () => {
    const swapped = [...qr].map((letter) =>
      letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
    )
    expect(read(swapped.join(''))).toEqual({ kind: 'signed', ...ticket })
  })

  // Row "Tokens and QR texts accept spare base64url bits".
  it('is rejected with spare bits in its code or signature, so that a ticket has one text', () => {
    const spare = (text: string) => text.slice(0, -1) + SPARE[text.slice(-1)]
    expect(read(spare(qr))).toEqual({ kind: 'unreadable' })
    expect(read(qr.replace(ticket.code, spare(ticket.code)))).toEqual({ kind: 'unreadable' })
    expect(read(spare(ticket.code))).toEqual({ kind: 'unreadable' })
  })

  it('accepts full-width characters of Korean and Japanese input methods as the printed ones', () => {
    const typedWide = { kind: 'typed', type: 12, number: 345, letters: typed.split('-')[2] }
    expect(read(fullWidth(typed))).toEqual(typedWide)
    expect(read(fullWidth(typed.toLowerCase()))).toEqual(typedWide)
    expect(read(fullWidth(` ${typed.replaceAll('-', ' ')} `))).toEqual(typedWide)
    for (const dash of ['ー', '‐', '–', '−']) expect(read(typed.replaceAll('-', dash))).toEqual(typedWide)
    expect(read(fullWidth(qr))).toEqual({ kind: 'signed', ...ticket })
    expect(read(qr.replaceAll('.', '。'))).toEqual({ kind: 'signed', ...ticket })
    expect(read(fullWidth(ticket.code))).toEqual({ kind: 'code', code: ticket.code })
  })

  it.each([
    ['ABC123', '뮻123'],
    ['QWERTY', 'ㅂㅈㄷㄱ쇼'],
    ['HJKMNP', 'ㅗㅓㅏㅡㅜㅔ'],
    ['GKSWZX', '핝ㅋㅌ'],
    ['V0B1FR', 'ㅍ0ㅠ1ㄺ'],
  ])('accepts %s also as a Hangul keyboard layout types it: %s', (letters, hangul) => {
    const plain = read(`12-345-${letters}`)
    expect(plain).toMatchObject({ kind: 'typed', number: 345 })
    expect(read(`12-345-${hangul}`)).toEqual(plain)
  })

  it('keeps the case of codes and signatures, in which case is significant', () => {
    expect(read(ticket.code.toLowerCase())).toEqual({ kind: 'code', code: ticket.code.toLowerCase() })
    expect(read(fullWidth(qr.toUpperCase()))).toEqual({ kind: 'unreadable' })
  })

  it('is accepted as its code alone, too', () => {
    expect(read(ticket.code)).toEqual({ kind: 'code', code: ticket.code })
  })

  it.each([
    '',
    'NARU1',
    qr.slice(0, -1),
    `${qr}=`,
    qr.replace('NARU1', 'NARU2'),
    '0-1-ABCDEF',
    'x'.repeat(1000),
  ])('is unreadable as %j', (text) => {
    expect(read(text)).toEqual({ kind: 'unreadable' })
  })
})
