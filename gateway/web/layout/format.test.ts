import { expect, it } from 'vitest'
import { clockToSecond, duration, fileSize } from './format.ts'

it('a file size is shown in a readable unit, and never rounded up', () => {
  expect(fileSize(8_388_608, 'en')).toBe('8.3 MB')
  expect(fileSize(1_000_000, 'ko')).toBe('1MB')
  expect(fileSize(16_384, 'en')).toBe('16.3 kB')
})

it('a duration is named in the largest unit that fits', () => {
  expect(duration(600_000, 'en')).toBe('10 minutes')
  expect(duration(600_000, 'ko')).toBe('10분')
  expect(duration(2400, 'en')).toBe('2 seconds')
  expect(duration(55 * 365 * 86_400_000, 'en')).toBe('20,075 days')
})

it('a time of day is shown to the second in the time zone of a festival', () => {
  const ms = Date.parse('2026-11-23T05:22:03.900Z')
  expect(clockToSecond(ms, { timeZone: 'America/New_York' }, 'en')).toBe('00:22:03')
  expect(clockToSecond(ms, { timeZone: 'Asia/Seoul' }, 'ko')).toBe('14:22:03')
})
