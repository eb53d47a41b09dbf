import { expect, it } from 'vitest'
import { preferredWaitSeconds } from './prefer.ts'

it.each([
  ['wait=10', 10],
  ['respond-async, wait=5', 5],
  ['Wait = "7" ; foo', 7],
  ['handling=lenient,WAIT=0', 0],
  ['wait=1, wait=2', 1],
  ['wait=99999999999', undefined],
  ['wait=-1', undefined],
  ['wait', undefined],
  ['waits=3', undefined],
  [undefined, undefined],
])('reads %s as a wait of %s seconds', (header, seconds) => {
  expect(preferredWaitSeconds(header)).toBe(seconds)
})
