import { expect, it } from 'vitest'
import { GATEWAY_ROUTES } from '../../../shared/api/gateway-routes.ts'
import { ORIGIN_ROUTES } from '../../../shared/api/origin-routes.ts'
import { ROOM_POLICIES } from './room-policies.ts'

it('names the policies of every route of a room, whether it is served or forwarded', () => {
  const paths = [...GATEWAY_ROUTES, ...ORIGIN_ROUTES.map(([route]) => route)].map(({ path }) => path)
  const ofRooms = new Set(paths.filter((path) => path.startsWith('/rooms/{room}/')))
  expect(ofRooms.size).toBeGreaterThan(0)
  expect(ROOM_POLICIES.map(([{ path }]) => path).toSorted()).toEqual([...ofRooms].toSorted())
})

it('relies on a session before a pass, and on both before the room', () => {
  const order = ['endedSession', 'foreignPass', 'pastFestival', 'roomInRedis']
  for (const [{ path }, ...names] of ROOM_POLICIES) {
    expect(names, path).toEqual(order.filter((name) => names.some((each) => each === name)))
  }
})
