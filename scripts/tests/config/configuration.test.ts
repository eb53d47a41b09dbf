import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { z } from 'zod'
import { GATEWAY_VARIABLES } from '../../../gateway/config.ts'
import { ORIGIN_VARIABLES } from '../../../origin/config.ts'
import { configurationPages } from './configuration-pages.ts'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const SCHEMAS: Record<string, z.ZodObject> = { gateway: GATEWAY_VARIABLES, origin: ORIGIN_VARIABLES }
/** The source that reads a service's entire environment, by its schema. */
const READERS = ['gateway/main.ts', 'origin/main.ts']

describe.each(configurationPages())(
  'the configuration page of the $service',
  ({ file, text, variables, service }) => {
    it('is up to date (npm run configuration writes it)', () => {
      expect(readFileSync(file, 'utf8')).toBe(text)
    })

    it('has a row for each variable that the service reads', () => {
      const rows = [...text.matchAll(/^\| `([A-Z_]+)` \|/gm)].map(([, name]) => name)
      expect(rows).toEqual(Object.keys(SCHEMAS[service]?.shape ?? {}))
      expect(rows).toContain('REDIS_URL')
    })

    it('has examples that are valid, unless they are shortened', () => {
      const whole = variables.filter(({ example }) => !example.includes('…'))
      const wrong = whole.filter(({ name, example }) => {
        const result = SCHEMAS[service]?.safeParse({ [name]: example })
        return result?.error?.issues.some(({ path }) => path[0] === name) ?? true
      })
      expect(wrong.map(({ name }) => name)).toEqual([])
      expect(whole.length).toBeGreaterThan(10)
    })
  },
)

it('is the only source of variables: nothing else in the services reads the environment', () => {
  const sources = ['gateway', 'origin', 'shared', 'drizzle'].flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !/\.test\.ts$|testing|fake-/.test(name))
      .map((name) => `${folder}/${name}`),
  )
  const reading = sources.filter((name) =>
    /process\.env|\benv\[|import\.meta\.env/.test(readFileSync(`${ROOT}/${name}`, 'utf8')),
  )
  expect(reading.filter((name) => !READERS.includes(name))).toEqual(['shared/runtime/env.ts'])
  expect(reading).toEqual(expect.arrayContaining(READERS))
})
