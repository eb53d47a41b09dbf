import { expect, it } from 'vitest'
import { grantTestPasses, publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { isPassValid } from './is-pass-valid.ts'
import { leavePass } from './leave.ts'

const { redis } = useRedis()

it('says of a pass whether it still is its account’s', async () => {
  const room = await publishTestRoom(redis())
  const [passId = ''] = await grantTestPasses(redis(), room, ['a'])
  const pass = { room, account: 'a', passId }
  expect(await isPassValid(redis(), pass)).toBe(true)
  expect(await isPassValid(redis(), { ...pass, passId: 'another' })).toBe(false)
  expect(await isPassValid(redis(), { ...pass, account: 'b' })).toBe(false)
  await leavePass(redis(), { room, account: 'a', passId })
  expect(await isPassValid(redis(), pass)).toBe(false)
})
