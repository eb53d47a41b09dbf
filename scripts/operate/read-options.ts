import { parseArgs } from 'node:util'
import * as z from 'zod'

/** The exit status for an invalid command line. */
export const WRONG_USAGE = 2

/** An invalid command line; the message names the invalid part. */
export class WrongUsage extends Error {}

/** The argument after the options, exactly one word. */
type Argument = {
  /** Its name in the usage. */
  name: string
  about: string
  /** The message when it is missing. */
  ask: string
  /** The beginning of the message about a second one. */
  one: string
}

export type Command<S extends z.ZodObject> = {
  /** The command to start it. */
  start: string
  about: string
  argument?: Argument
  options: S
  /** Further text of the usage, before the statuses. */
  more?: string
  exit: string
}

/** An option without a value. */
export function flag(description: string) {
  return z.boolean().default(false).meta({ description })
}

/** An option with a value, with its `hint` and its description. Wraps the final schema, after `.optional()` or a default. */
export function option<T extends z.ZodType>(hint: string, description: string, type: T): T {
  return type.meta({ hint, description })
}

/** A number in digits, whole unless `decimals` allows digits after the point. */
export function number({ min, max, decimals = 0 }: { min: number; max: number; decimals?: number }) {
  return z.string().transform((text, context) => {
    const [digits, fraction = ''] = /^\d{1,10}(?:\.(\d{1,9}))?$/.exec(text) ?? []
    const value = digits !== undefined && fraction.length <= decimals ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    const kind = decimals === 0 ? 'a whole number' : 'a number'
    context.addIssue(`must be ${kind} from ${min} to ${max}, not "${text}"`)
    return z.NEVER
  })
}

/** One of several words. */
export function oneOf<const T extends string>(words: readonly T[]) {
  return z.enum(words, { error: ({ input }) => `takes ${words.join(', ')}, not "${input}"` })
}

/**
 * The options on a command line and the argument, which is empty for a command that takes none. Throws `WrongUsage`.
 *
 * @param args - without the program's own name
 */
export function readOptions<S extends z.ZodObject>(
  command: Command<S>,
  args: readonly string[],
): { options: z.infer<S>; argument: string } | 'help' {
  const { values, positionals } = parse(command, args)
  if (values['help'] === true) return 'help'
  const argument = readArgument(command.argument, positionals)
  const { success, data, error } = command.options.safeParse(values)
  if (success) return { options: data, argument }
  throw new WrongUsage(error.issues.map(({ path, message }) => `--${path.join()} ${message}`).join('\n'))
}

function parse({ argument, options }: Command<z.ZodObject>, args: readonly string[]) {
  const types = Object.entries(options.shape).map(([name, type]) => {
    const { hint } = metaOf(type)
    return [name, { type: hint === undefined ? 'boolean' : 'string' }] as const
  })
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: argument !== undefined,
      options: { ...Object.fromEntries(types), help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    throw new WrongUsage(error instanceof Error ? error.message : String(error))
  }
}

function readArgument(argument: Argument | undefined, [given, ...more]: readonly string[]): string {
  if (argument === undefined) return ''
  if (given === undefined) throw new WrongUsage(argument.ask)
  if (more.length > 0) throw new WrongUsage(`${argument.one}; "${more[0]}" is too many`)
  return given
}

const MetaSchema = z.object({ description: z.string(), hint: z.string().optional() })

function metaOf(type: z.core.$ZodType): z.infer<typeof MetaSchema> {
  return MetaSchema.parse(z.globalRegistry.get(type))
}

/** Longer lists of options stand below alone. */
const SYNOPSIS_CHARACTERS_MAX = 90

/** The help of a command: its options with their descriptions and defaults. */
export function usageOf({ start, about, argument, options, more, exit }: Command<z.ZodObject>): string {
  const rows = Object.entries(options.shape).map(([name, type]) => {
    const { hint, description } = metaOf(type)
    const initial = type instanceof z.ZodDefault ? type.def.defaultValue : undefined
    const fallback = initial === undefined || initial === false ? '' : ` (default ${initial})`
    return { option: hint === undefined ? `--${name}` : `--${name} ${hint}`, about: description + fallback }
  })
  const named = argument === undefined ? [] : [{ option: argument.name, about: argument.about }]
  const width = Math.max(...[...named, ...rows].map(({ option: { length } }) => length)) + 3
  const each = rows.map(({ option: name }) => `[${name}]`).join(' ')
  const words = [start, ...named.map(({ option: name }) => name)]
  words.push(each.length > SYNOPSIS_CHARACTERS_MAX ? '[options]' : each)
  const lines = [...named, ...rows].map((row) => indent(row.option.padEnd(width), row.about))
  return [about, `  ${words.join(' ')}`, lines.join('\n'), ...(more === undefined ? [] : [more]), exit].join(
    '\n\n',
  )
}

/** Further lines of a description stand below its first. */
function indent(option: string, about: string): string {
  return `  ${option}${about.replaceAll('\n', `\n${' '.repeat(option.length + 2)}`)}`
}

/**
 * Runs a command: handles `--help`, and reports a wrong usage together with the right one. Returns its exit status.
 *
 * @param read - reads the command line, as `readOptions` does
 * @param run - runs the command with the options
 * @param args - the command line without the program's name
 */
export async function runCommand<T>(
  usage: string,
  read: (args: readonly string[]) => T | 'help',
  run: (asked: T) => Promise<number>,
  args: readonly string[] = process.argv.slice(2),
): Promise<number> {
  try {
    const asked = read(args)
    if (asked !== 'help') return await run(asked)
    process.stdout.write(`${usage}\n`)
    return 0
  } catch (error) {
    if (!(error instanceof WrongUsage)) throw error
    process.stderr.write(`${error.message}\n\n${usage}\n`)
    return WRONG_USAGE
  }
}
