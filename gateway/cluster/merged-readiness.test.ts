import { expect, it } from 'vitest'
import type { Trouble } from '../../shared/http/readiness.ts'
import { mergeReports } from './merged-readiness.ts'

const readOnly: Trouble = { code: 'redis-read-only', detail: 'Redis takes no writes', stops: true }
const silent: Trouble = { code: 'origin-silent', detail: 'No origin sends heartbeats', stops: false }

it('H9: a gateway is ready while one of its workers is, and reports the problems of the others', () => {
  const { ready, troubles } = mergeReports([[], [readOnly]])
  expect(ready).toBe(true)
  expect(troubles.map(({ code }) => code)).toEqual(['redis-read-only'])
})

it('H9: a gateway is not ready when none of its workers is, and reports each reason once', () => {
  const { ready, troubles } = mergeReports([[readOnly, silent], [readOnly]])
  expect(ready).toBe(false)
  expect(troubles.map(({ code }) => code)).toEqual(['redis-read-only', 'origin-silent'])
})

it('H9: a gateway without workers is not ready', () => {
  expect(mergeReports([])).toMatchObject({ ready: false, troubles: [{ code: 'no-worker' }] })
})
