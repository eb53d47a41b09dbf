import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

/** The variables a process was started with, as in `process.env`. */
export type Env = Readonly<Record<string, string | undefined>>

/** Configuration that cannot be used; `problems` has one sentence for each invalid variable. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`
    super(`The configuration has ${count}:\n  ${problems.join('\n  ')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/**
 * The schema of one variable. Add `.prefault(text)` for a default, `.optional()`, and `.meta({ description, example })`.
 *
 * @param rule - what the value must be, as the end of the sentence "NAME must be …"
 * @param parse - returns undefined for a value that breaks the rule
 */
export function variable<T>(rule: string, parse: (raw: string) => T | undefined) {
  return z
    .string({ error: `is required: ${rule}` })
    .transform((raw, context) => {
      const value = parse(raw)
      if (value !== undefined) return value
      context.addIssue({ code: 'custom', message: `must be ${rule}` })
      return z.NEVER
    })
    .meta({ rule })
}

/** A parser of a variable that leaves the text as it is, when `check` does not throw on it. */
export function withoutError(check: (raw: string) => unknown): (raw: string) => string | undefined {
  return (raw) => {
    try {
      check(raw)
      return raw
    } catch {
      return undefined
    }
  }
}

export function integer(min: number, max: number) {
  return variable(`a whole number from ${min} to ${max}`, (raw) => {
    const value = /^-?\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN
    return value >= min && value <= max ? value : undefined
  })
}

const TEXT_LENGTH_MAX = 4096

export function text({ lengthMin = 1 }: { lengthMin?: number } = {}) {
  return variable(`a text of ${lengthMin} to ${TEXT_LENGTH_MAX} characters`, (raw) =>
    raw.length >= lengthMin && raw.length <= TEXT_LENGTH_MAX ? raw : undefined,
  )
}

export function oneOf<const T extends string>(values: readonly T[]) {
  return variable(`one of ${values.join(', ')}`, (raw) => values.find((value) => value === raw))
}

/** An absolute http(s) URL that `accepts` takes, as `rule` says, without a trailing slash. */
export function httpUrl({
  rule = 'an http or https URL',
  accepts = () => true,
}: {
  rule?: string
  accepts?: (url: URL) => boolean
} = {}) {
  return variable(rule, (raw) => {
    const url = /^https?:\/\//.test(raw) ? URL.parse(raw) : null
    return url !== null && accepts(url) ? withoutTrailingSlashes(raw) : undefined
  })
}

/** A rule about several variables; the first of them is the one that the message is about. */
export type Rule<Variables> = {
  names: readonly [keyof Variables & string, ...(keyof Variables & string)[]]
  holds: (variables: Variables) => boolean
  /** The rest of the sentence that begins with the first name. */
  message: string
}

/** Adds rules to a schema. Each is checked as soon as its own variables are valid, whatever other errors there are. */
export function withRules<Schema extends z.ZodObject>(
  schema: Schema,
  rules: readonly Rule<z.output<Schema>>[],
): Schema {
  return rules.reduce<Schema>(
    (all, { names, holds, message }) =>
      all.refine(holds, {
        path: [names[0]],
        error: message,
        when: ({ issues }) => issues.every(({ path = [] }) => !names.some((name) => name === path[0])),
      }),
    schema,
  )
}

/**
 * Reads the variables of a schema, so that a process fails at its start with the full list of errors. An empty value
 * counts as missing. Secrets have no default.
 */
export function readVariables<Schema extends z.ZodObject>(schema: Schema, env: Env): z.output<Schema> {
  const given = Object.entries(env).filter(([, value]) => value !== undefined && value !== '')
  const result = schema.safeParse(Object.fromEntries(given))
  if (result.success) return result.data
  throw new ConfigError(result.error.issues.map(({ path, message }) => `${String(path[0])} ${message}`))
}

/** A variable that a rule of the schema requires. */
export function required<T>(name: string, value: T | undefined): T {
  if (value === undefined) throw new ConfigError([`${name} is required`])
  return value
}

const CREDENTIAL = /^(?:naru_)?([A-Z][A-Z0-9_]*)$/

/**
 * The environment, and the files of systemd's credentials directory as further variables: `NAME`, or `naru_NAME`, as
 * `LoadCredential=naru:` calls the files of a folder. A variable that is set takes precedence.
 */
export function withCredentials(env: Env): Env {
  const { CREDENTIALS_DIRECTORY: folder } = env
  if (folder === undefined || folder === '') return env
  const found: Record<string, string> = {}
  try {
    for (const file of readdirSync(folder).sort()) {
      const name = CREDENTIAL.exec(file)?.[1]
      if (name === undefined) continue
      found[name] = readFileSync(join(folder, file), 'utf8').replace(/\r?\n$/, '')
    }
  } catch (error) {
    throw new ConfigError([`CREDENTIALS_DIRECTORY cannot be read: ${String(error)}`])
  }
  const given = Object.entries(env).filter(([, value]) => value !== undefined && value !== '')
  return { ...found, ...Object.fromEntries(given) }
}

/** Reads a service's configuration; if it is invalid, prints what to change and ends the process with status 1. */
export function configureOrExit<T>(read: (env: Env) => T, { env, guide }: { env: Env; guide: string }): T {
  try {
    return read(withCredentials(env))
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    process.stderr.write(
      `${error.message}\nSet them in the environment or in files of CREDENTIALS_DIRECTORY. ${guide} describes every variable.\n`,
    )
    return process.exit(1)
  }
}

/** A URL without trailing slashes, found by a loop: a regular expression for it would take quadratic time. */
export function withoutTrailingSlashes(url: string): string {
  let end = url.length
  while (url[end - 1] === '/') end -= 1
  return url.slice(0, end)
}
