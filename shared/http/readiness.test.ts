import { expect, it } from 'vitest'
import { createReadiness, type Trouble } from './readiness.ts'

const codesOf = (troubles: readonly Trouble[]) => troubles.map(({ code }) => code)

it('is not ready before it has what it needs, and not again once it stops', () => {
  let told = 0
  const { report, set, stop } = createReadiness(() => (told += 1))
  expect(report()).toMatchObject({ ready: false, troubles: [{ code: 'starting' }] })
  set()
  set()
  expect(report()).toEqual({ ready: true, troubles: [] })
  expect(told).toBe(1)
  stop()
  set()
  expect(report()).toMatchObject({ ready: false, troubles: [{ code: 'stopping' }] })
})

it('is stopped by some troubles and only tells of others', () => {
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
