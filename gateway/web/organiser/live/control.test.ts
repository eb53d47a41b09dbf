import { describe, expect, it } from 'vitest'
import type { RoomSettings } from '../../../../shared/api/admin-rooms.ts'
import { handsIn, phaseBySchedule, readControl } from './control.ts'

const NOW = Date.UTC(2036, 0, 1, 12)
const settings: RoomSettings = {
  id: 'r',
  lobbyAt: '2036-01-01T10:00:00.000Z',
  opensAt: '2036-01-01T11:00:00.000Z',
  closesAt: '2036-01-01T13:00:00.000Z',
  ...{
    ratePerSecond: 5,
    maxActive: 10,
    graceSeconds: 60,
    passSeconds: 600,
    holdSeconds: 300,
    entriesMax: 100,
    entriesPerAddressMax: 0,
    proofOfWork: 0,
  },
  ...{ order: 'draw', participantsPerNetworkMax: 0, participantsPerDomainMax: 10, beacon: 'preferred' },
  ...{ paused: false, notice: { ko: '곧', en: null }, version: 3 },
}
const read = (fields: Record<string, string>) => readControl(fields, settings, NOW)

describe('a form of the live page', () => {
  it('is read as a change for the API', () => {
    expect(read({ control: 'ratePerSecond', ratePerSecond: ' 20 ' })).toEqual({
      ...{ status: 'read', change: { ratePerSecond: 20 } },
      ...{ effect: 'ratePerSecond', after: { ratePerSecond: 20 } },
    })
    expect(read({ control: 'notice', noticeKo: ' a\r\nb ', noticeEn: '' })).toMatchObject({
      change: { notice: { ko: 'a\nb', en: null } },
    })
    expect(read({ control: 'notice', noticeKo: ' ', noticeEn: '' })).toMatchObject({
      change: { notice: null },
    })
    expect(read({ control: 'participantsPerNetworkMax', participantsPerNetworkMax: '4' })).toMatchObject({
      change: { participantsPerNetworkMax: 4 },
    })
    expect(read({ control: 'beacon', beacon: 'none' })).toMatchObject({ change: { beacon: 'none' } })
    expect(read({ control: 'beacon', beacon: 'preferred' })).toMatchObject({ error: 'asIs' })
    expect(read({ control: 'beacon', beacon: 'dice' })).toEqual({ status: 'unknown' })
    expect(read({ control: 'phase', hand: 'resume' })).toMatchObject({ change: { phase: 'open' } })
    expect(read({ control: 'phase', hand: 'reopen', minutes: '30' })).toMatchObject({
      change: { phase: 'open', closesAt: '2036-01-01T12:30:00.000Z' },
    })
  })

  it.each(['', '0', '10001', '-1', '1.5', '1e3', 'x', '99999999999999999999'])(
    'reports which number is invalid: %j',
    (ratePerSecond) => {
      expect(read({ control: 'ratePerSecond', ratePerSecond })).toEqual({
        ...{ status: 'invalid', field: 'ratePerSecond', error: 'range' },
      })
    },
  )

  it('reports an unchanged value, and a notice that is too long', () => {
    expect(read({ control: 'ratePerSecond', ratePerSecond: '5' })).toMatchObject({ error: 'asIs' })
    expect(read({ control: 'notice', noticeKo: '곧', noticeEn: '' })).toMatchObject({ error: 'asIs' })
    expect(read({ control: 'notice', noticeEn: 'x'.repeat(501) })).toMatchObject({
      ...{ field: 'noticeEn', error: 'tooLong' },
    })
    expect(read({ control: 'phase', hand: 'reopen', minutes: '0' })).toMatchObject({ field: 'minutes' })
  })

  it.each([
    {},
    { control: 'drawSecret', drawSecret: '1' },
    { control: 'phase', hand: 'x' },
    { control: 'toString' },
  ])('is none that the page does not have: %j', (fields) => {
    expect(read(fields as Record<string, string>)).toEqual({ status: 'unknown' })
  })
})

it('offers the actions of each phase, which follows from the schedule if stats are missing', () => {
  const at = (iso: string, more: Partial<RoomSettings> = {}) =>
    handsIn(phaseBySchedule({ ...settings, ...more }, Date.parse(iso)))
  expect(at('2036-01-01T09:00:00Z')).toEqual(['lobby', 'open', 'closed'])
  expect(at('2036-01-01T10:00:00Z')).toEqual(['open', 'closed'])
  expect(at('2036-01-01T11:00:00Z')).toEqual(['paused', 'closed'])
  expect(at('2036-01-01T11:00:00Z', { paused: true })).toEqual(['resume', 'closed'])
  expect(at('2036-01-01T13:00:00Z')).toEqual(['reopen'])
})
