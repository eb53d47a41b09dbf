import { expect, it } from 'vitest'
import { cameraError } from './ticket-camera.ts'

const named = (name: string) => Object.assign(new Error('no camera'), { name })

// Covers "Without a camera WebKit is told only that it did not start".
it.each(['NotFoundError', 'OverconstrainedError', 'NotAllowedError', 'InvalidAccessError', 'TypeError'])(
  'a device without a camera is reported as such when the browser calls that %s',
  (name) => {
    expect(cameraError(named(name), false)).toBe('none')
  },
)

it.each([
  ['NotAllowedError', 'refused'],
  ['SecurityError', 'refused'],
  ['NotFoundError', 'none'],
  ['OverconstrainedError', 'none'],
  ['NotReadableError', 'busy'],
  ['AbortError', 'busy'],
  ['TypeError', 'failed'],
])('says of a camera that did not start with %s: %s', (name, error) => {
  expect(cameraError(named(name), true)).toBe(error)
  expect(cameraError(named(name), undefined)).toBe(error)
})
