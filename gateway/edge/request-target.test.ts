import { expect, it } from 'vitest'
import { isAmbiguousTarget } from './request-target.ts'

it.each([
  '/',
  '/api/festivals',
  '/api/rooms/naru-landing/status?x=1',
  '/api/festivals/%EB%82%98%EB%A3%A8',
  '/a.b/c-d_e~f',
  '/api/orders?next=/../x',
])('reads %s in one way', (target) => {
  expect(isAmbiguousTarget(target)).toBe(false)
})

it.each([
  'http://evil.test/api/me',
  '*',
  '',
  '//evil.test/api',
  '/api//me',
  '/api/../catalogue',
  '/api/./me',
  '/api/%2e%2e/catalogue',
  '/api/%2E/me',
  '/api%2fme',
  '/api%5Cme',
  '/api\\me',
  '/api/%252e%252e/me',
  '/api/me%00',
  '/api/me%0d%0aX: y',
  '/api/me;x=1',
  '/api/%6frders',
  '/api/orders%20',
  '/api/%C0%AFme',
  '/api/%ed%a0%80',
  '/api/%ff',
  '/api/%zz',
  '/api/%e',
  '/api/me#x',
  '/api/나루',
  '/api/me x',
])('refuses %s', (target) => {
  expect(isAmbiguousTarget(target)).toBe(true)
})
