import { expect, it } from 'vitest'
import { grantTestPasses, publishTestRoom, useRedis } from '../../shared/testing/redis.ts'
import { isPassValid } from './is-pass-valid.ts'
import { leavePass } from './leave.ts'

const { redis } = useRedis()

it('a pass is valid for its account and ID alone, until it is left', async () => {
  const room = await publishTestRoom(redis())
  const [passId = ''] = await grantTestPasses(redis(), room, ['a'])
  const pass = { room, account: 'a', passId }
  expect(await isPassValid(redis(), pass)).toBe(true)
  expect(await isPassValid(redis(), { ...pass, passId: 'another' })).toBe(false)
  expect(await isPassValid(redis(), { ...pass, account: 'b' })).toBe(false)
  await leavePass(redis(), { room, account: 'a', passId })
  expect(await isPassValid(redis(), pass)).toBe(false)
})
