import { describe, expect, it } from 'vitest'
import { createKnownDevices } from './known-devices.ts'

const devices = createKnownDevices('a secret of at least 32 characters')
const cookie = devices.remember(undefined, 'fan@naru.test')

describe('M1: the cookie of a known device', () => {
  it('is accepted for the account that signed in on it, however its address is written, and for no other', () => {
    const id = devices.find(cookie, 'fan@naru.test')
    expect(id).toBeDefined()
    expect(devices.find(cookie, ' Fan@NARU.test ')).toBe(id)
    expect(devices.find(cookie, 'other@naru.test')).toBeUndefined()
  })

  it.each(['f.an@naru.test', 'fan+tag@naru.test', 'f-a_n@naru.test'])(
    'is not accepted for the account of a similar address, %s, that shares its limits',
    (email) => {
      expect(devices.find(devices.remember(undefined, email), 'fan@naru.test')).toBeUndefined()
    },
  )

  it('is accepted for five accounts at most, under one ID, and drops the least recent one', () => {
    const emails = [1, 2, 3, 4, 5, 6].map((n) => `fan-${n}@naru.test`)
    const last = emails.reduce<string | undefined>((kept, email) => devices.remember(kept, email), undefined)
    const ids = emails.map((email) => devices.find(last, email))
    expect(ids[0]).toBeUndefined()
    expect(new Set(ids.slice(1)).size).toBe(1)
    expect(ids[1]).toBeDefined()
    expect(last?.length).toBeLessThan(200)
  })

  it('does not grow when the same account signs in again', () => {
    expect(devices.remember(cookie, 'fan@naru.test')).toBe(cookie)
  })

  it.each([
    ['nothing', undefined],
    ['an empty one', ''],
    ['the ID alone', cookie.split('.')[0]],
    ['the mark with another ID', cookie.replace(/^.{4}/, 'AAAA')],
    [
      'one of another secret',
      createKnownDevices('another secret of 32 characters!').remember(undefined, 'fan@naru.test'),
    ],
    ['spare bits', `${cookie.slice(0, -1)}${String.fromCharCode(cookie.charCodeAt(cookie.length - 1) + 1)}`],
    ['something long', 'a'.repeat(10_000)],
    ['something else', 'not.a.cookie'],
  ])('is not made by %s', (_, forged) => {
    expect(devices.find(forged, 'fan@naru.test')).toBeUndefined()
    expect(devices.find(devices.remember(forged, 'other@naru.test'), 'fan@naru.test')).toBeUndefined()
  })
})
