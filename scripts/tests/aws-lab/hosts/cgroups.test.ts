import { expect, it } from 'vitest'
import { cpuTicks, isInGroup, isInRehearsal } from './cgroups.ts'

/** As /proc/ID/cgroup shows a process of the host `origin`, with both versions mounted. */
const ORIGIN = '4:memory:/naru-rehearsal/origin\n0::/naru-rehearsal/origin/payload/init.scope\n'

it('a process belongs to the host whose control group it is in', () => {
  expect(isInGroup(ORIGIN, 'origin')).toBe(true)
  expect(isInGroup(ORIGIN, 'gateway')).toBe(false)
  expect(isInGroup(ORIGIN, 'ori')).toBe(false)
})

it('a process of any host belongs to the rehearsal, and no other does', () => {
  expect(isInRehearsal(ORIGIN)).toBe(true)
  expect(isInRehearsal('4:memory:/user.slice\n0::/naru-rehearsal-notes\n')).toBe(false)
})

it("a process's time is that in user and in kernel mode, whatever its name is", () => {
  const stat = '71 (a) S (b) R 1 71 71 0 -1 4194304 9000 0 12 0 250 40 7 8 20 0 11 0 4411 1000 2000\n'
  expect(cpuTicks(stat)).toBe(290)
})
