import { describe, expect, it } from 'vitest'
import { StatusSchema } from '../../shared/api/room-status.ts'
import type { RoomState, TypeStock } from './room-state.ts'
import { toBytes, toStatus } from './status.ts'

const stock = (values: Partial<TypeStock> = {}): TypeStock => ({
  type: 1,
  quantity: 100,
  free: 100,
  held: 0,
  onSale: true,
  ended: false,
  ...values,
})

const state = (values: Partial<RoomState> = {}): RoomState => ({
  epoch: 1,
  restored: [],
  moved: 0,
  room: 'r',
  phase: 'open',
  at: new Date(0),
  entries: 10,
  serving: 3,
  livePasses: 2,
  expected: 1,
  ratePerSecond: 5,
  proofOfWork: 0,
  drawVersion: 2,
  lobbyAt: new Date(0),
  opensAt: new Date(0),
  closesAt: new Date(1),
  notice: { ko: '', en: '' },
  draw: undefined,
  stock: [stock()],
  ...values,
})

const options = { stale: false, health: 1, pace: undefined, pollNearSeconds: 2, pollFarSeconds: 30 }
const statusOf = (values: Partial<RoomState>) => toStatus(state(values), options)

describe('the status of a room', () => {
  it('matches its schema', () => {
    expect(StatusSchema.parse(statusOf({}))).toEqual(statusOf({}))
  })

  it.each([
    ['plenty', { free: 20 }],
    ['few', { free: 19 }],
    ['held', { free: 0, held: 4 }],
    ['none', { free: 0 }],
  ] as const)('says %s', (availability, values) => {
    expect(statusOf({ stock: [stock(values)] }).ticketTypes).toEqual([
      { type: 1, availability, mayReturn: 'held' in values ? values.held : 0 },
    ])
  })

  it('is sold out when nothing is free, nothing may return and no sale is still to come', () => {
    expect(statusOf({ stock: [stock({ free: 0 }), stock({ ended: true })] }).phase).toBe('sold-out')
    expect(statusOf({ stock: [stock({ free: 0 }), stock({ onSale: false })] }).phase).toBe('open')
    expect(statusOf({ stock: [stock({ free: 0, held: 1 })] }).phase).toBe('open')
    expect(statusOf({ phase: 'paused' }).phase).toBe('paused')
    expect(statusOf({ phase: 'paused', stock: [stock({ free: 0 })] }).phase).toBe('sold-out')
    expect(statusOf({ phase: 'closed', stock: [stock({ free: 0 })] }).phase).toBe('closed')
    expect(statusOf({ stock: [] }).phase).toBe('open')
  })

  it.each([
    [1, 'up'],
    [0.4, 'slow'],
    [0, 'unavailable'],
  ])('says at a health of %d that the shop is %s', (health, shop) => {
    expect(toStatus(state(), { ...options, health }).shop).toBe(shop)
  })

  it('carries the notice, when there is one', () => {
    expect(statusOf({}).notice).toBeUndefined()
    expect(statusOf({ notice: { ko: '곧 열립니다', en: '' } }).notice).toEqual({ ko: '곧 열립니다', en: '' })
  })

  it('has the same validator for the same content, and another for different content', () => {
    const etag = (values: Partial<RoomState>) => toBytes(statusOf(values)).etag
    expect(etag({ at: new Date(1) })).toBe(etag({ at: new Date(2) }))
    expect(etag({})).not.toBe(etag({ serving: 4 }))
    expect(etag({})).toMatch(/^"[\w-]+"$/)
  })
})
