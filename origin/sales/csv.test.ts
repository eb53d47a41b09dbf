import { expect, it } from 'vitest'
import { csvLine } from './csv.ts'

it('writes a line as RFC 4180 has it', () => {
  expect(csvLine(['a', 1, 'b c'])).toBe('a,1,b c\r\n')
  expect(csvLine(['a,b', 'say "hi"', 'two\nlines', ''])).toBe('"a,b","say ""hi""","two\nlines",\r\n')
})

it.each(['=1+1', '+82 10', '-2+3', '@SUM(A1)', '\t=1', '\r=1', '＝1+1', '＋1', '－1', '＠a'])(
  'lets no spreadsheet run text: %j',
  (text) => {
    const cell = csvLine([text])
    expect(cell.replace(/^"/, '')).toMatch(/^'/)
  },
)

it('leaves numbers alone, also negative ones', () => {
  expect(csvLine([-5, 0])).toBe('-5,0\r\n')
})
