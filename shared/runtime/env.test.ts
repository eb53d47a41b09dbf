import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
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
  withCredentials,
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

describe('files of the credentials directory', () => {
  function credentials(files: Record<string, string>): string {
    const folder = mkdtempSync(join(tmpdir(), 'naru-credentials-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content)
    return folder
  }

  it('are variables that are not set otherwise, without the end of their line', () => {
    const folder = credentials({ naru_SECRET: 'of a file\n', PLAIN: ' two\nlines \n', 'notes.txt': 'x' })
    const env = { CREDENTIALS_DIRECTORY: folder, PORT: '1', EMPTY: '' }
    expect(withCredentials(env)).toEqual({
      CREDENTIALS_DIRECTORY: folder,
      PORT: '1',
      SECRET: 'of a file',
      PLAIN: ' two\nlines ',
    })
  })

  it('yield to variables that are set, and replace empty ones', () => {
    const folder = credentials({ naru_SET: 'file', naru_EMPTY: 'file' })
    expect(withCredentials({ CREDENTIALS_DIRECTORY: folder, SET: 'variable', EMPTY: '' })).toMatchObject({
      SET: 'variable',
      EMPTY: 'file',
    })
  })

  it('are reported when they cannot be read', () => {
    const env = { CREDENTIALS_DIRECTORY: join(tmpdir(), 'naru-credentials-that-nobody-made') }
    expect(() => withCredentials(env)).toThrow(/CREDENTIALS_DIRECTORY cannot be read: .*ENOENT/)
  })
})
