import { expect, it } from 'vitest'
import { csvLines } from './csv.ts'

it('writes a line as RFC 4180 specifies', () => {
  expect(csvLines([['a', 1, 'b c']])).toBe('a,1,b c\r\n')
  expect(csvLines([['a,b', 'say "hi"', 'two\nlines', '']])).toBe('"a,b","say ""hi""","two\nlines",\r\n')
})

it.each(['=1+1', '+82 10', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '\n=1', '＝1+1', '＋1', '－1', '＠a'])(
  'prevents spreadsheets from running text as a formula: %j',
  (text) => {
    const cell = csvLines([[text]])
    expect(cell.replace(/^"/, '')).toMatch(/^'/)
  },
)

it('writes one line after the other, and none for no rows', () => {
  expect(csvLines([[1], ['a']])).toBe('1\r\na\r\n')
  expect(csvLines([])).toBe('')
})

it('leaves numbers alone, also negative ones', () => {
  expect(csvLines([[-5, 0]])).toBe('-5,0\r\n')
})
