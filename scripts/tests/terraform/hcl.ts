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
  return readBody(new Cursor(text), undefined)
}

/** A position in a text. */
class Cursor {
  at = 0
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  /** The next character; undefined at the end. */
  get next(): string | undefined {
    return this.text[this.at]
  }

  /** Moves past what a sticky pattern finds here. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    const found = pattern.exec(this.text)
    if (found === null) return undefined
    this.at = pattern.lastIndex
    return found
  }

  lineAt(position: number): number {
    return this.text.slice(0, position).split('\n').length
  }

  fail(what: string): HclError {
    return new HclError(`line ${this.lineAt(this.at)}: ${what}`)
  }
}

function readBody(cursor: Cursor, end: '}' | undefined): Item[] {
  const items: Item[] = []
  for (;;) {
    cursor.match(GAP)
    if (cursor.next === undefined) {
      if (end === undefined) return items
      throw cursor.fail('a block is not closed')
    }
    if (cursor.next === end) return items
    items.push(readItem(cursor))
  }
}

function readItem(cursor: Cursor): Item {
  const { at: start, text } = cursor
  const line = cursor.lineAt(start)
  const name = cursor.match(NAME)?.[0]
  if (name === undefined) {
    throw cursor.fail(`a name is expected, not ${JSON.stringify(text.slice(start, start + 10))}`)
  }
  cursor.match(SPACE)
  if (cursor.next === '=') {
    cursor.at += 1
    cursor.match(SPACE)
    const from = cursor.at
    skipExpression(cursor)
    const expression = text.slice(from, cursor.at).trimEnd()
    return { kind: 'attribute', name, expression, start, end: from + expression.length, line }
  }
  const labels = readLabels(cursor, name)
  cursor.at += 1
  const body = readBody(cursor, '}')
  cursor.at += 1
  return { kind: 'block', type: name, labels, body, start, end: cursor.at, line }
}

function readLabels(cursor: Cursor, name: string): string[] {
  const labels: string[] = []
  while (cursor.next !== '{') {
    const label = cursor.match(LABEL)
    if (label === undefined) throw cursor.fail(`"=" or a block is expected after ${name}`)
    labels.push(label[1] ?? label[2] ?? '')
    cursor.match(SPACE)
  }
  return labels
}

/** Up to the end of its line, to a comment, or to the brace that closes the block around it. */
function skipExpression(cursor: Cursor): void {
  const { text } = cursor
  while (cursor.next !== undefined && !END.test(text.slice(cursor.at, cursor.at + 2))) skipPart(cursor)
}

function skipPart(cursor: Cursor): void {
  if (cursor.text.startsWith('<<', cursor.at)) throw cursor.fail('heredocs are not supported')
  if (cursor.next === '"') skipString(cursor)
  else if (OPENING.has(cursor.next ?? '')) skipBrackets(cursor)
  else if (cursor.match(COMMENT) === undefined) cursor.at += 1
}

function skipBrackets(cursor: Cursor): void {
  const closing = OPENING.get(cursor.next ?? '')
  cursor.at += 1
  while (cursor.next !== closing) {
    if (cursor.next === undefined) throw cursor.fail(`${closing} is missing`)
    skipPart(cursor)
  }
  cursor.at += 1
}

function skipString(cursor: Cursor): void {
  cursor.at += 1
  while (cursor.next !== '"') {
    if (cursor.next === undefined || cursor.next === '\n') throw cursor.fail('a string is not closed')
    if (cursor.match(PLAIN) !== undefined) continue
    cursor.at += 1 // the dollar or percent sign of a template
    skipBrackets(cursor)
  }
  cursor.at += 1
}

export const blocksOf = (items: readonly Item[], type?: string): Block[] =>
  items.filter((item): item is Block => item.kind === 'block' && (type === undefined || item.type === type))

export const attributesOf = (items: readonly Item[]): Attribute[] =>
  items.filter((item): item is Attribute => item.kind === 'attribute')
