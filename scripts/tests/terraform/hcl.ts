/**
 * Reads the structure of HCL as the module in terraform/ uses it: blocks, and attributes with the text of their
 * expressions, which are not evaluated. Heredocs are not supported. Positions are kept, so that a file can be edited.
 */

export type Attribute = { kind: 'attribute'; name: string; expression: string } & Place
export type Block = { kind: 'block'; type: string; labels: string[]; body: Item[] } & Place
export type Item = Attribute | Block
/** `end` is exclusive. */
type Place = { start: number; end: number; line: number }

export class HclError extends Error {}

const SPACE = /[^\S\n]*/y
const GAP = /(?:\s|#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)*/y
const NAME = /[A-Za-z_][\w-]*/y
const LABEL = /"([^"\\$]*)"|([A-Za-z_][\w-]*)/y
const COMMENT = /#[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\//y
/** What ends an expression that is in no brackets. */
const END = /^(?:\n|\}|#|\/\/|\/\*)/
/** Within a string: an escape, or a character that begins no template. */
const PLAIN = /\\[\s\S]|\$\$\{|%%\{|[$%](?!\{)|[^"\\$%\n]/y
const OPENING = new Map([
  ['{', '}'],
  ['[', ']'],
  ['(', ')'],
])

/** @throws {HclError} with the line of what it cannot read */
export function parseHcl(text: string): Item[] {
  let at = 0

  function match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = at
    const found = pattern.exec(text)
    if (found === null) return undefined
    at = pattern.lastIndex
    return found
  }

  const lineAt = (position: number) => text.slice(0, position).split('\n').length
  const fail = (what: string) => new HclError(`line ${lineAt(at)}: ${what}`)

  function body(end: '}' | undefined): Item[] {
    const items: Item[] = []
    for (;;) {
      match(GAP)
      if (at >= text.length) {
        if (end === undefined) return items
        throw fail('a block is not closed')
      }
      if (text[at] === end) return items
      items.push(item())
    }
  }

  function item(): Item {
    const start = at
    const line = lineAt(start)
    const name = match(NAME)?.[0]
    if (name === undefined) throw fail(`a name is expected, not ${JSON.stringify(text.slice(at, at + 10))}`)
    match(SPACE)
    if (text[at] === '=') {
      at += 1
      match(SPACE)
      const from = at
      skipExpression()
      const expression = text.slice(from, at).trimEnd()
      return { kind: 'attribute', name, expression, start, end: from + expression.length, line }
    }
    const labels: string[] = []
    while (text[at] !== '{') {
      const label = match(LABEL)
      if (label === undefined) throw fail(`"=" or a block is expected after ${name}`)
      labels.push(label[1] ?? label[2] ?? '')
      match(SPACE)
    }
    at += 1
    const items = body('}')
    at += 1
    return { kind: 'block', type: name, labels, body: items, start, end: at, line }
  }

  /** Up to the end of its line, to a comment, or to the brace that closes the block around it. */
  function skipExpression(): void {
    while (at < text.length && !END.test(text.slice(at, at + 2))) skipPiece()
  }

  function skipPiece(): void {
    if (text.startsWith('<<', at)) throw fail('heredocs are not supported')
    if (text[at] === '"') skipString()
    else if (OPENING.has(text[at] ?? '')) skipBrackets()
    else if (match(COMMENT) === undefined) at += 1
  }

  function skipBrackets(): void {
    const closing = OPENING.get(text[at] ?? '')
    at += 1
    while (text[at] !== closing) {
      if (at >= text.length) throw fail(`${closing} is missing`)
      skipPiece()
    }
    at += 1
  }

  function skipString(): void {
    at += 1
    while (text[at] !== '"') {
      if (text[at] === undefined || text[at] === '\n') throw fail('a string is not closed')
      const plain = match(PLAIN)
      if (plain !== undefined) continue
      at += 1 // the dollar or percent sign of a template
      skipBrackets()
    }
    at += 1
  }

  return body(undefined)
}

export const blocksOf = (items: readonly Item[], type?: string): Block[] =>
  items.filter((item): item is Block => item.kind === 'block' && (type === undefined || item.type === type))

export const attributesOf = (items: readonly Item[]): Attribute[] =>
  items.filter((item): item is Attribute => item.kind === 'attribute')
