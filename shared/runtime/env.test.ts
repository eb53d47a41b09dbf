import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  ConfigError,
  type Env,
  httpUrl,
  integer,
  oneOf,
  readVariables,
  text,
  variable,
  withRules,
} from './env.ts'

function problemsOf(schema: z.ZodObject, env: Env): readonly string[] {
  try {
    readVariables(schema, env)
    return []
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
}

describe('environment variables', () => {
  it('are parsed to their types, with defaults where they are missing or empty', () => {
    const schema = z.object({
      PORT: integer(1, 100),
      COUNT: integer(1, 100).prefault('7'),
      URL: httpUrl(),
      EMPTY: text().prefault('x'),
      LEVEL: oneOf(['info', 'debug']),
      MISSING: text().optional(),
    })
    const env = { PORT: '80', URL: 'http://a.test/', EMPTY: '', LEVEL: 'debug', OTHER: 'not read' }
    expect(readVariables(schema, env)).toEqual({
      PORT: 80,
      COUNT: 7,
      URL: 'http://a.test',
      EMPTY: 'x',
      LEVEL: 'debug',
    })
  })

  it('are rejected with the rule that a value breaks', () => {
    const even = variable('an even number', (raw) => (Number(raw) % 2 === 0 ? Number(raw) : undefined))
    const schema = z.object({ EVEN: even })
    expect(readVariables(schema, { EVEN: '4' })).toEqual({ EVEN: 4 })
    expect(problemsOf(schema, { EVEN: '5' })).toEqual(['EVEN must be an even number'])
  })

  it('are rejected with every problem, including those of rules about several of them', () => {
    const schema = withRules(
      z.object({
        PORT: integer(1, 100),
        COUNT: integer(1, 10_000),
        URL: httpUrl(),
        SECRET: text({ lengthMin: 32 }),
        LEVEL: oneOf(['info', 'debug']),
        MISSING: text(),
        LEAST: integer(0, 9),
        MOST: integer(0, 9),
      }),
      [
        {
          names: ['MOST', 'LEAST'],
          holds: ({ MOST, LEAST }) => MOST >= LEAST,
          message: 'must be at least LEAST',
        },
        { names: ['COUNT', 'PORT'], holds: () => false, message: 'is not checked while PORT is invalid' },
      ],
    )
    const env = { PORT: '0', COUNT: '1e3', URL: 'redis://x', SECRET: 'short', LEVEL: 'loud' }
    expect(problemsOf(schema, { ...env, LEAST: '5', MOST: '4' })).toEqual([
      'PORT must be a whole number from 1 to 100',
      'COUNT must be a whole number from 1 to 10000',
      'URL must be an http or https URL',
      'SECRET must be a text of 32 to 4096 characters',
      'LEVEL must be one of info, debug',
      'MISSING is required: a text of 1 to 4096 characters',
      'MOST must be at least LEAST',
    ])
  })

  it('are all named in the error message', () => {
    const schema = z.object({ PORT: integer(1, 100), URL: httpUrl() })
    expect(() => readVariables(schema, {})).toThrow(
      /^The configuration has 2 problems:\n {2}PORT is required: .*\n {2}URL is required: .*$/,
    )
  })
})
