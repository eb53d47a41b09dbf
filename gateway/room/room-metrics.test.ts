import { expect, it } from 'vitest'
import { createMetrics } from '../../shared/runtime/metrics.ts'
import { createMergedMetrics } from '../cluster/merged-metrics.ts'
import { measureRooms } from './room-metrics.ts'

const state = { room: 'a', phase: 'open', entries: 10, serving: 3, livePasses: 2 } as const

function measure(states: Record<string, typeof state>, rooms: () => string[]) {
  const metrics = createMetrics({ service: 'test', withProcess: false })
  const snapshots = {
    of: (room: string) => (states[room] === undefined ? undefined : { state: states[room] }),
  }
  measureRooms(metrics, { snapshots, rooms })
  return metrics.registry
}

it('shows who waits, who is admitted and the phase of each room that has been read', async () => {
  const text = await measure({ a: state }, () => ['a', 'unread']).metrics()
  expect(text).toContain('naru_room_waiting{room="a",service="test"} 6\n')
  expect(text).toContain('naru_room_admitted{room="a",service="test"} 2\n')
  expect(text).toContain('naru_room_phase{room="a",phase="open",service="test"} 1\n')
  expect(text).not.toContain('unread')
})

it('no longer shows a room that has left', async () => {
  let rooms = ['a']
  const registry = measure({ a: state }, () => rooms)
  expect(await registry.metrics()).toContain('room="a"')
  rooms = []
  expect(await registry.metrics()).not.toContain('room="a"')
})

it('does not add up what several workers read of one room', async () => {
  const sourceOf = (id: number) => {
    const registry = measure({ a: state }, () => ['a'])
    return { id, readMetrics: () => registry.getMetricsAsJSON() }
  }
  const workers = [sourceOf(1), sourceOf(2)]
  const text = await createMergedMetrics({ own: async () => [], workers: () => workers, waitMs: 1000 }).text()
  expect(text).toContain('naru_room_waiting{room="a",service="test"} 6\n')
})
