import { describe, expect, it } from 'vitest'
import { attributesOf, blocksOf, parseHcl } from './hcl.ts'

const attributes = (text: string) =>
  attributesOf(parseHcl(text)).map(({ name, expression }) => [name, expression])

describe('the reader of HCL', () => {
  it('reads blocks with their labels and what is in them', () => {
    const [block] = blocksOf(
      parseHcl('resource "aws_vpc" "main" {\n  tags = {}\n  timeouts { create = "1m" }\n}\n'),
    )
    expect(block).toMatchObject({ type: 'resource', labels: ['aws_vpc', 'main'], line: 1 })
    expect(block?.body).toMatchObject([
      { kind: 'attribute', name: 'tags', expression: '{}', line: 2 },
      { kind: 'block', type: 'timeouts', body: [{ name: 'create', expression: '"1m"' }], line: 3 },
    ])
  })

  it('reads expressions over several lines, with brackets and templates in strings', () => {
    const merged = 'merge({\n  b = "}"\n}, { for k in c : k => "$' + '{d["}"]}" })'
    expect(attributes(`a = ${merged}\ne = 1`)).toEqual([
      ['a', merged],
      ['e', '1'],
    ])
  })

  it('leaves out comments, also those with brackets and quotes', () => {
    expect(attributes('# "a {\na = [ // "(\n  1, # {\n] # end\n/* b = 1\n*/ c = 2')).toEqual([
      ['a', '[ // "(\n  1, # {\n]'],
      ['c', '2'],
    ])
  })

  it('says where an item ends, so that a file can be edited in place', () => {
    const text = 'a = 1 # one\nb { c = 2 }\n'
    expect(parseHcl(text).map(({ start, end }) => text.slice(start, end))).toEqual(['a = 1', 'b { c = 2 }'])
  })

  it.each([
    ['a = "b', 'line 1: a string is not closed'],
    ['a {\n', 'line 2: a block is not closed'],
    ['a = [1\n', 'line 2: ] is missing'],
    ['a b', 'line 1: "=" or a block is expected after a'],
    ['a = <<END\nEND', 'line 1: heredocs are not supported'],
  ])('refuses %j', (text, message) => {
    expect(() => parseHcl(text)).toThrow(message)
  })
})
