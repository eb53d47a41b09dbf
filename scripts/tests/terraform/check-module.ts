import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import * as z from 'zod'
import { type Attribute, attributesOf, type Block, blocksOf, HclError, type Item, parseHcl } from './hcl.ts'

/** What a resource, a data source or a block within them takes. */
type Arguments = { [name: string]: Argument }
type Argument = {
  block?: boolean | undefined
  required?: boolean | undefined
  once?: boolean | undefined
  of?: Arguments | undefined
}
type Schema = {
  provider: string
  resource: Record<string, { attributes: Arguments; computed: string[] }>
  data: Record<string, { attributes: Arguments; computed: string[] }>
}

const ArgumentSchema: z.ZodType<Argument> = z.object({
  block: z.boolean().optional(),
  required: z.boolean().optional(),
  once: z.boolean().optional(),
  get of() {
    return z.record(z.string(), ArgumentSchema).optional()
  },
})
const typesSchema = z.record(
  z.string(),
  z.object({ attributes: z.record(z.string(), ArgumentSchema), computed: z.array(z.string()) }),
)
const SchemaSchema = z.object({ provider: z.string(), resource: typesSchema, data: typesSchema })

export function readSchema(): Schema {
  return SchemaSchema.parse(JSON.parse(readFileSync(join(import.meta.dirname, 'schema.json'), 'utf8')))
}

/** The files of a module, by name. */
type Module = ReadonlyMap<string, string>

export function readModule(folder: string): Module {
  return new Map(globSync(join(folder, '*.tf')).map((path) => [basename(path), readFileSync(path, 'utf8')]))
}

/** Terraform's own arguments, of every resource and data source. */
const META = new Set(['count', 'for_each', 'provider', 'depends_on', 'lifecycle'])
/** Ephemeral resources are not in the typings that the schema is made of. From the provider's documentation. */
const EPHEMERAL: Record<string, string[]> = {
  aws_secretsmanager_random_password: ['password_length', 'exclude_punctuation'],
  aws_ssm_parameter: ['arn', 'with_decryption'],
}

type Report = { problems: string[]; blocksChecked: number; referencesChecked: number }

/** Compares blocks, arguments and references of a module with the provider's schema and with each other. */
export function checkModule(module: Module, schema: Schema): Report {
  const report: Report = { problems: [], blocksChecked: 0, referencesChecked: 0 }
  const items: { file: string; item: Item }[] = []
  for (const [file, text] of module) {
    try {
      items.push(...parseHcl(text).map((item) => ({ file, item })))
    } catch (error) {
      if (!(error instanceof HclError)) throw error
      report.problems.push(`${file}, ${error.message}`)
    }
  }
  const declared = declaredIn(items.map(({ item }) => item))
  for (const { file, item } of items) {
    const note = (line: number, problem: string) => report.problems.push(`${file}, line ${line}: ${problem}`)
    if (item.kind === 'block') checkTop(item, schema, report, note)
    checkReferences(item, { schema, declared, report, note })
  }
  return report
}

type Note = (line: number, problem: string) => void

function checkTop(block: Block, schema: Schema, report: Report, note: Note): void {
  const [type = '', name = ''] = block.labels
  if (block.type === 'ephemeral') {
    const known = EPHEMERAL[type]
    if (known === undefined) note(block.line, `no ephemeral resource ${type} is known here`)
    const strange = attributesOf(block.body).filter((attribute) => !known?.includes(attribute.name))
    for (const attribute of strange)
      note(attribute.line, `ephemeral.${type}.${name} has no ${attribute.name}`)
  }
  // terraform_data is terraform's own.
  if ((block.type !== 'resource' && block.type !== 'data') || type === 'terraform_data') return
  const known = schema[block.type][type]
  if (known === undefined) note(block.line, `${schema.provider} has no ${block.type} ${type}`)
  else checkBody(`${type}.${name}`, block, known.attributes, { isTop: true, report, note })
}

type Within = { isTop: boolean; report: Report; note: Note }

function checkBody(path: string, block: Block, known: Arguments, { isTop, report, note }: Within): void {
  report.blocksChecked += 1
  const own = block.body.filter((item) => !(isTop && META.has(nameOf(item))))
  const given = new Set(own.map(nameOf))
  for (const [name, { required }] of Object.entries(known)) {
    if (required && !given.has(name)) note(block.line, `${path} needs ${name}`)
  }
  for (const item of own) {
    const name = nameOf(item)
    const about = known[name]
    const problem = problemOf(item, about, own)
    if (problem !== undefined) note(item.line, `${path}${problem}`)
    const content = item.kind === 'block' && about?.block ? contentOf(item) : undefined
    if (content !== undefined)
      checkBody(`${path}.${name}`, content, about?.of ?? {}, { isTop: false, report, note })
  }
}

function problemOf(item: Item, about: Argument | undefined, beside: readonly Item[]): string | undefined {
  const name = nameOf(item)
  if (about === undefined) return ` has no ${name}`
  const isBlock = item.kind === 'block'
  if (isBlock !== (about.block === true)) return `.${name} is ${about.block ? 'a block' : 'an argument'}`
  const isFirst = beside.find((other) => nameOf(other) === name) === item
  return isFirst || (isBlock && about.once !== true) ? undefined : `.${name} is there twice`
}

/** A dynamic block makes blocks that are named by its label. */
const nameOf = (item: Item) =>
  item.kind === 'attribute' ? item.name : item.type === 'dynamic' ? (item.labels[0] ?? '') : item.type

const contentOf = (block: Block) => (block.type === 'dynamic' ? blocksOf(block.body, 'content')[0] : block)

/** Every address that expressions may name: var.x, local.x, type.name, data.type.name, ephemeral.type.name. */
function declaredIn(items: readonly Item[]): Set<string> {
  const addresses = blocksOf(items).flatMap(({ type, labels, body }) => {
    if (type === 'variable') return [`var.${labels[0]}`]
    if (type === 'locals') return attributesOf(body).map(({ name }) => `local.${name}`)
    if (type === 'resource') return [labels.join('.')]
    return type === 'data' || type === 'ephemeral' ? [[type, ...labels].join('.')] : []
  })
  return new Set(addresses)
}

type References = { schema: Schema; declared: Set<string>; report: Report; note: Note }

const REFERENCE =
  /(?<![\w.])(?<address>(?:var|local)\.\w+|(?:(?<kind>data|ephemeral)\.)?(?<type>aws_\w+)\.\w+)(?:\[[^\]]*\])?(?:\.(?<attribute>\w+))?/g
const EPHEMERAL_ATTRIBUTES = new Set(['random_password', 'value', 'arn'])

function checkReferences(item: Item, { schema, declared, report, note }: References): void {
  for (const { expression, line } of expressionsIn(item)) {
    for (const { groups = {} } of expression.matchAll(REFERENCE)) {
      const { address = '', attribute } = groups
      report.referencesChecked += 1
      if (!declared.has(address)) note(line, `nothing declares ${address}`)
      if (attribute !== undefined && !hasAttribute(groups, schema))
        note(line, `${address} has no ${attribute}`)
    }
  }
}

/** Variables and locals have whatever their values have. */
function hasAttribute({ kind, type, attribute = '' }: Record<string, string>, schema: Schema): boolean {
  if (type === undefined) return true
  if (kind === 'ephemeral') return EPHEMERAL_ATTRIBUTES.has(attribute)
  const known = schema[kind === 'data' ? 'data' : 'resource'][type]
  return known !== undefined && (attribute in known.attributes || known.computed.includes(attribute))
}

function expressionsIn(item: Item): Attribute[] {
  return item.kind === 'attribute' ? [item] : item.body.flatMap(expressionsIn)
}
