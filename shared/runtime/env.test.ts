import { describe, expect, it } from 'vitest'
import { ConfigError, createEnvReader } from './env.ts'

describe('createEnvReader', () => {
  it('reads values and falls back to defaults', () => {
    const read = createEnvReader({ PORT: '80', URL: 'http://a.test/', EMPTY: '', LIST: 'a, b,,' })
    expect(read.int('PORT', { min: 1, max: 100 })).toBe(80)
    expect(read.url('URL')).toBe('http://a.test')
    expect(read.text('EMPTY', { default: 'x' })).toBe('x')
    expect(read.list('LIST')).toEqual(['a', 'b'])
    expect(read.int('MISSING', { min: 1, max: 100, default: 7 })).toBe(7)
    read.done()
  })

  it('reads what only its reader understands, and names the rule that a value breaks', () => {
    const read = createEnvReader({ EVEN: '4', ODD: '5' })
    const even = {
      rule: 'an even number',
      default: '2',
      parse: (raw: string) => (Number(raw) % 2 === 0 ? Number(raw) : undefined),
    }
    expect([read.parsed('EVEN', even), read.parsed('MISSING', even)]).toEqual([4, 2])
    read.parsed('ODD', even)
    expect(() => read.done()).toThrow('ODD must be an even number')
    expect(() => read.parsed('ANY', { ...even, default: '1' })).toThrow(
      'The default of ANY is not an even number',
    )
  })

  it('names every problem at once', () => {
    const read = createEnvReader({ PORT: '0', COUNT: '1e3', URL: 'redis://x', SECRET: 'short' })
    read.int('PORT', { min: 1, max: 100 })
    read.int('COUNT', { min: 1, max: 10_000 })
    read.url('URL')
    read.text('SECRET', { lengthMin: 32 })
    read.text('MISSING')
    const problems = (() => {
      try {
        read.done()
        return []
      } catch (error) {
        return error instanceof ConfigError ? error.problems : []
      }
    })()
    expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
      'PORT',
      'COUNT',
      'URL',
      'SECRET',
      'MISSING',
    ])
  })
})
