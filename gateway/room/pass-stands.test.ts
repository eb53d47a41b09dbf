import { expect, it } from 'vitest'
import { grantTestPasses, publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { leavePass } from './leave.ts'
import { passStands } from './pass-stands.ts'

const { redis } = useRedis()

it('says of a pass whether it still is its account’s', async () => {
  const room = await publishTestRoom(redis())
  const [passId = ''] = await grantTestPasses(redis(), room, ['a'])
  const pass = { room, account: 'a', passId }
  expect(await passStands(redis(), pass)).toBe(true)
  expect(await passStands(redis(), { ...pass, passId: 'another' })).toBe(false)
  expect(await passStands(redis(), { ...pass, account: 'b' })).toBe(false)
  await leavePass(redis(), { room, account: 'a', passId })
  expect(await passStands(redis(), pass)).toBe(false)
})
