/** The variables a process was started with, as in `process.env`. */
export type Env = Readonly<Record<string, string | undefined>>

/** Configuration that cannot be used; `problems` has one sentence for each variable at fault. */
export class ConfigError extends Error {
  readonly problems: readonly string[]

  constructor(problems: readonly string[]) {
    super(`The configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`)
    this.name = 'ConfigError'
    this.problems = problems
  }
}

export type EnvReader = {
  /** A whole number within bounds. Without a default the variable is required. */
  int(name: string, options: { min: number; max: number; default?: number }): number
  /** A string of `lengthMin` (1) to 4096 characters. Without a default the variable is required. */
  text(name: string, options?: { default?: string; lengthMin?: number }): string
  /** An absolute http(s) URL that `accepts` takes, as `rule` says, returned without a trailing slash. */
  url(name: string, options?: { default?: string; rule?: string; accepts?: (url: URL) => boolean }): string
  /** Values separated by commas; at least one. */
  list(name: string): string[]
  /** What `parse` makes of the value, or of the default; it returns undefined for what breaks `rule`. */
  parsed<T>(
    name: string,
    options: { rule: string; default: string; parse: (raw: string) => T | undefined },
  ): T
  /** Throws one `ConfigError` that names every problem met so far. Call it last. */
  done(): void
}

/**
 * Reads typed values out of the environment and collects what is wrong with them, so that a process fails
 * at boot with the whole list. Callers give secrets no default. An empty value counts as none.
 */
export function createEnvReader(env: Env): EnvReader {
  const problems: string[] = []

  /** `parse` returns undefined for a value that breaks `rule`; `stand-in` only carries on until `done`. */
  function read<T>(
    name: string,
    rule: string,
    standIn: T,
    fallback: T | undefined,
    parse: (raw: string) => T | undefined,
  ): T {
    const raw = env[name]
    if (raw === undefined || raw === '') {
      if (fallback === undefined) problems.push(`${name} is required: ${rule}`)
      return fallback ?? standIn
    }
    const value = parse(raw)
    if (value === undefined) problems.push(`${name} must be ${rule}`)
    return value ?? standIn
  }

  return {
    int(name, { min, max, default: fallback }) {
      return read(name, `a whole number from ${min} to ${max}`, min, fallback, (raw) => {
        const value = /^-?\d{1,15}$/.test(raw) ? Number(raw) : Number.NaN
        return value >= min && value <= max ? value : undefined
      })
    },
    text(name, { default: fallback, lengthMin = 1 } = {}) {
      return read(name, `a text of ${lengthMin} to ${TEXT_LENGTH_MAX} characters`, '', fallback, (raw) =>
        raw.length >= lengthMin && raw.length <= TEXT_LENGTH_MAX ? raw : undefined,
      )
    },
    url(name, { default: fallback, rule = 'an http or https URL', accepts = () => true } = {}) {
      return read(name, rule, 'http://invalid', fallback, (raw) => {
        const url = /^https?:\/\//.test(raw) ? URL.parse(raw) : null
        return url !== null && accepts(url) ? withoutTrailingSlashes(raw) : undefined
      })
    },
    list(name) {
      return read(name, 'one or more values separated by commas', [], undefined, (raw) => {
        const values = raw
          .split(',')
          .map((value) => value.trim())
          .filter((value) => value !== '')
        return values.length > 0 ? values : undefined
      })
    },
    parsed(name, { rule, default: fallback, parse }) {
      const standIn = parse(fallback)
      if (standIn === undefined) throw new Error(`The default of ${name} is not ${rule}`)
      return read(name, rule, standIn, standIn, parse)
    },
    done() {
      if (problems.length > 0) throw new ConfigError(problems)
    },
  }
}

const TEXT_LENGTH_MAX = 4096

/** A URL without the slashes at its end, found by a loop: an expression for it would take quadratic time. */
export function withoutTrailingSlashes(url: string): string {
  let end = url.length
  while (url[end - 1] === '/') end -= 1
  return url.slice(0, end)
}
