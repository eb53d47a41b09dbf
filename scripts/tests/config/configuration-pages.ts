import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { GATEWAY_VARIABLES } from '../../../gateway/config.ts'
import { ORIGIN_VARIABLES } from '../../../origin/config.ts'

/** A page with every variable of one service, generated from its schema. */
export type ConfigurationPage = {
  service: 'gateway' | 'origin'
  variables: readonly DocumentedVariable[]
  file: string
  text: string
}

type DocumentedVariable = {
  name: string
  description: string
  example: string
  /** The rule for the value. */
  rule: string
  /** Undefined for a required variable, or one without a default. */
  fallback: string | undefined
  isRequired: boolean
}

const AboutSchema = z.object({
  description: z.string().min(1),
  example: z.string().min(1),
  rule: z.string().min(1),
  /** The text for a default that is too long for a table. */
  defaultName: z.string().optional(),
})

export function configurationPages(): ConfigurationPage[] {
  return [pageOf('gateway', GATEWAY_VARIABLES), pageOf('origin', ORIGIN_VARIABLES)]
}

function pageOf(service: ConfigurationPage['service'], schema: z.ZodObject): ConfigurationPage {
  const variables = Object.entries(schema.shape).map(([name, field]) => documented(name, field))
  const file = fileURLToPath(new URL(`../../../${service}/CONFIGURATION.md`, import.meta.url))
  return { service, variables, file, text: textOf(service, variables) }
}

function documented(name: string, field: z.core.$ZodType): DocumentedVariable {
  const inner = field instanceof z.ZodPrefault || field instanceof z.ZodOptional ? field.def.innerType : field
  const about = AboutSchema.parse({ ...z.globalRegistry.get(inner), ...z.globalRegistry.get(field) })
  const { defaultName, ...documentation } = about
  const fallback = field instanceof z.ZodPrefault ? String(field.def.defaultValue) : undefined
  const shown = fallback === undefined ? undefined : (defaultName ?? code(fallback))
  return { name, ...documentation, fallback: shown, isRequired: inner === field }
}

function textOf(service: string, variables: readonly DocumentedVariable[]): string {
  const rows = variables.map(({ name, description, example, rule, fallback, isRequired }) =>
    [
      code(name),
      isRequired ? '**required**' : (fallback ?? 'none'),
      description,
      `${rule[0]?.toUpperCase()}${rule.slice(1)}, for example ${code(example)}`,
    ]
      .map((cell) => cell.replaceAll('|', String.raw`\|`))
      .join(' | '),
  )
  return `# Configuration of the ${service}

The ${service} reads the following environment variables when it starts, and reports everything that is wrong with them at
once. An empty value counts as none. Names end in their unit. A variable that is not set is read from the file of its name
in \`$CREDENTIALS_DIRECTORY\`, where systemd puts credentials, with or without \`naru_\` before it. This page is generated
from \`${service}/config.ts\` by \`npm run configuration\`.

| variable | default | meaning | value |
|---|---|---|---|
${rows.map((row) => `| ${row} |`).join('\n')}

Every other limit is a constant in the source, beside what it bounds.
`
}

function code(text: string): string {
  return `\`${text}\``
}
