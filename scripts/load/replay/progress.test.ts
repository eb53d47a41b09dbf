import { expect, it } from 'vitest'
import { createProgressLine } from './progress.ts'

const AT = { arrived: 10, waiting: 3, active: 2, paid: 4, rejected: 1, errors: 0, fans: 20 }

it('keeps one line up to date on a terminal', () => {
  const written = show(true, [250, 500])
  expect(written).toEqual([
    '\r\x1b[2K   0.3 s  arrived 10/20  waiting 3  active 2  paid 4  rejected 1  errors 0',
    '\r\x1b[2K   0.5 s  arrived 10/20  waiting 3  active 2  paid 4  rejected 1  errors 0',
    '\n',
  ])
})

it('writes a line every two seconds without a terminal, and the last one', () => {
  const written = show(false, [250, 500, 2000, 2250, 2500, 4250, 4500])
  expect(written.map((line) => line.slice(0, 8))).toEqual(['   0.3 s', '   2.3 s', '   4.3 s', '   4.5 s'])
  expect(written.every((line) => line.endsWith('\n'))).toBe(true)
})

function show(isTTY: boolean, times: readonly number[]): string[] {
  const written: string[] = []
  const line = createProgressLine({ isTTY, write: (text) => written.push(text) })
  for (const elapsedMs of times) line.show({ ...AT, elapsedMs })
  line.end()
  return written
}
