/** The parts of a JSON Schema in an OpenAPI 3.1 document that are used here. */
type Schema = {
  $ref?: string
  type?: string | string[]
  properties?: Record<string, Schema>
  items?: Schema
  anyOf?: Schema[]
  oneOf?: Schema[]
  allOf?: Schema[]
  enum?: unknown[]
  const?: unknown
  format?: string
  pattern?: string
  minLength?: number
  minItems?: number
  minimum?: number
}

type Operation = {
  parameters?: { name: string; in: string }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
}

export type OpenApiDocument = {
  paths: Record<string, Record<string, Operation>>
  components?: { schemas?: Record<string, Schema> }
}

/** A body that matches the schema as far as possible, and the positions of its fields. */
export type DescribedBody = { example: unknown; fields: { path: (string | number)[]; isText: boolean }[] }

const CANDIDATES = [
  'abc',
  'KRW',
  '1',
  '0',
  'a'.repeat(43),
  'A'.repeat(22),
  'a'.repeat(64),
  '01890000-0000-7000-8000-000000000000',
]
const FORMATS: Readonly<Record<string, string>> = {
  uuid: '01890000-0000-7000-8000-000000000000',
  'date-time': '2030-01-01T00:00:00Z',
  email: 'someone@naru.test',
}

/** The document's description of a Hono route. */
export function operationOf(document: OpenApiDocument, method: string, path: string): Operation | undefined {
  return document.paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
}

export function describedBody(
  document: OpenApiDocument,
  operation: Operation | undefined,
): DescribedBody | undefined {
  const schema = operation?.requestBody?.content['application/json']?.schema
  if (schema === undefined) return undefined
  const fields: DescribedBody['fields'] = []
  const example = exampleOf(document, schema, [], fields)
  return { example, fields }
}

/** The text of a body in which one field is another JSON text. */
export function bodyWith(example: unknown, path: readonly (string | number)[], json: string): string {
  if (path.length === 0) return json
  const [first = '', ...rest] = path
  const inner = (value: unknown, key: string | number) =>
    key === first ? bodyWith(value, rest, json) : JSON.stringify(value)
  if (Array.isArray(example)) return `[${example.map((value, i) => inner(value, i)).join(',')}]`
  const members = Object.entries(example as Record<string, unknown>)
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${inner(value, key)}`).join(',')}}`
}

function exampleOf(
  document: OpenApiDocument,
  schema: Schema,
  path: (string | number)[],
  fields: DescribedBody['fields'],
): unknown {
  const known = resolve(document, schema)
  const type = Array.isArray(known.type) ? known.type[0] : known.type
  if (known.properties !== undefined) {
    return Object.fromEntries(
      Object.entries(known.properties).map(([name, part]) => [
        name,
        exampleOf(document, part, [...path, name], fields),
      ]),
    )
  }
  if (type === 'array' && known.items !== undefined) {
    return [exampleOf(document, known.items, [...path, 0], fields)]
  }
  fields.push({ path, isText: type === 'string' || type === undefined })
  if (known.const !== undefined) return known.const
  if (known.enum !== undefined) return known.enum[0]
  if (type === 'integer' || type === 'number') return Math.max(known.minimum ?? 1, 1)
  if (type === 'boolean') return true
  return textOf(known)
}

function resolve(document: OpenApiDocument, schema: Schema): Schema {
  const named = schema.$ref?.split('/').at(-1)
  const found = named === undefined ? schema : document.components?.schemas?.[named]
  const choice = found?.anyOf?.[0] ?? found?.oneOf?.[0] ?? found?.allOf?.[0]
  if (found === undefined) throw new Error(`The document has no ${schema.$ref}`)
  return choice === undefined ? found : resolve(document, choice)
}

function textOf({ format = '', pattern, minLength = 0 }: Schema): string {
  const known = FORMATS[format]
  if (known !== undefined) return known
  const fits = (text: string) =>
    text.length >= minLength && (pattern === undefined || new RegExp(pattern).test(text))
  return CANDIDATES.find(fits) ?? 'a'.repeat(Math.max(minLength, 1))
}
