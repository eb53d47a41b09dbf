import { expect, it } from 'vitest'
import { createLogger } from '../runtime/log.ts'
import { createReadiness, startChecks, type Trouble } from './readiness.ts'

const codesOf = (troubles: readonly Trouble[]) => troubles.map(({ code }) => code)

it('is not ready before its first state is set, nor after it was stopped', () => {
  let listed = 0
  const { report, set, stop } = createReadiness(() => (listed += 1))
  expect(report()).toMatchObject({ ready: false, troubles: [{ code: 'starting' }] })
  set()
  set()
  expect(report()).toEqual({ ready: true, troubles: [] })
  expect(listed).toBe(1)
  stop()
  set()
  expect(report()).toMatchObject({ ready: false, troubles: [{ code: 'stopping' }] })
})

it('is made unready by some problems and only reports others', () => {
  const { report, set, note } = createReadiness()
  set()
  const minor = { code: 'minor', detail: 'Something is missing', stops: false }
  note([minor])
  expect(report()).toMatchObject({ ready: true })
  expect(codesOf(report().troubles)).toEqual(['minor'])
  note([minor, { code: 'major', detail: 'Nothing works', stops: true }])
  expect(report()).toMatchObject({ ready: false })
  expect(codesOf(report().troubles)).toEqual(['minor', 'major'])
  note([])
  expect(report()).toEqual({ ready: true, troubles: [] })
})

it('reports no past problem of connecting once a process that has just started is connected', async () => {
  const major = { code: 'major', detail: 'Nothing answers', stops: true }
  const found = [[major], [major], [], [major], []]
  const listed: string[][] = []
  let looks = 0
  const checks = startChecks({
    checks: [{ run: async () => found[looks++] ?? [], silent: major }],
    readiness: { note: (troubles) => listed.push(codesOf(troubles)) },
    log: createLogger('test', 'silent'),
    everyMs: 1,
  })
  await expect.poll(() => listed.length).toBeGreaterThanOrEqual(3)
  await checks.stop()
  expect(listed.slice(0, 3)).toEqual([[], ['major'], []])
})
