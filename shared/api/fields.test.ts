import { expect, it } from 'vitest'
import { singleLineText } from './fields.ts'

const read = (value: string) => singleLineText(20).safeParse(value)

it.each([' Haneul ', '달빛 나루', 'Fête 🎪', '👨‍👩‍👧', 'שלום', 'é'])('accepts %j as text', (value) => {
  expect(read(value)).toEqual({ success: true, data: value.trim() })
})

it.each([
  '',
  '  ',
  '\u200b',
  '\u3164\u0000',
  'a\u0000b',
  'two\nlines',
  '\u202eabc',
  'a\u2067b',
  'x'.repeat(21),
])('refuses %j', (value) => {
  expect(read(value).success).toBe(false)
})
