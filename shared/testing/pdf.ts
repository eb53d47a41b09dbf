import { inflateSync } from 'node:zlib'

/** The contents of a PDF's pages, in points from the upper left corner. */
export type ReadPdf = {
  title: string
  /** The alternative texts of the images. */
  called: string[]
  pages: { lines: string[]; rectangles: { x: number; y: number; width: number; height: number }[] }[]
  /** The dictionaries of all objects, as they are written. */
  dictionaries: string[]
}

/**
 * Reads the parts of a PDF that tickets use, from its end by its cross-reference table, as readers do (ISO 32000-1,
 * section 7.5): text by its fonts' mappings from glyphs, and rectangles.
 */
export function readPdf(bytes: Uint8Array): ReadPdf {
  const file = Buffer.from(bytes).toString('latin1')
  const objects = readObjects(file)
  const dictionaryOf = (id: string | undefined) => objects.get(id ?? '') ?? ''
  const streamOf = (id: string | undefined) => readStream(file, dictionaryOf(id))
  const [, pages] = /\/Pages (\d+) 0 R/.exec([...objects.values()].join('\n')) ?? []
  const [, title] = /\/Title (\d+) 0 R/.exec([...objects.values()].join('\n')) ?? []
  const [, kids = ''] = /\/Kids \[([^\]]*)\]/.exec(dictionaryOf(pages)) ?? []
  return {
    title: readWords(dictionaryOf(title)),
    called: [...objects.values()].flatMap((each) => each.split('/Alt ').slice(1)).map(readWords),
    dictionaries: [...objects.values()],
    pages: [...kids.matchAll(/(\d+) 0 R/g)].map(([, id]) => {
      const page = dictionaryOf(id)
      const [, content] = /\/Contents (\d+) 0 R/.exec(page) ?? []
      const [, resources] = /\/Resources (\d+) 0 R/.exec(page) ?? []
      const fonts = new Map(
        [...dictionaryOf(resources).matchAll(/\/(F\d+) (\d+) 0 R/g)].map(([, name = '', font]) => {
          const [, shapes] = /\/ToUnicode (\d+) 0 R/.exec(dictionaryOf(font)) ?? []
          return [name, readCharacters(streamOf(shapes))]
        }),
      )
      const drawn = streamOf(content)
      return { lines: readLines(drawn, fonts), rectangles: readRectangles(drawn) }
    }),
  }
}

/** Every object from its offset in the table up to its stream or its end. */
function readObjects(file: string): Map<string, string> {
  const [, at] = /startxref\n(\d+)\n%%EOF\s*$/.exec(file) ?? []
  const [, table = ''] = /^xref\n0 \d+\n((?:\d{10} \d{5} [nf] ?\r?\n)+)/.exec(file.slice(Number(at))) ?? []
  const objects = new Map<string, string>()
  for (const [, offset] of table.matchAll(/(\d{10}) \d{5} n/g)) {
    const start = Number(offset)
    const [head = '', id = ''] = /^(\d+) 0 obj\n/.exec(file.slice(start, start + 20)) ?? []
    const end = Math.min(
      ...['\nstream\n', '\nendobj'].map((word) => file.indexOf(word, start)).filter((found) => found > 0),
    )
    objects.set(id, `${file.slice(start + head.length, end)} % ${end}`)
  }
  return objects
}

function readStream(file: string, dictionary: string): string {
  const [, end] = / % (\d+)$/.exec(dictionary) ?? []
  const [, length] = /\/Length (\d+)/.exec(dictionary) ?? []
  const start = Number(end) + '\nstream\n'.length
  const content = Buffer.from(file.slice(start, start + Number(length)), 'latin1')
  return (dictionary.includes('/FlateDecode') ? inflateSync(content) : content).toString('latin1')
}

/** A UTF-16 text, from its opening bracket on. */
function readWords(written: string): string {
  const [, bytes = ''] = /\(\xfe\xff((?:\\[\s\S]|[^)\\])*)/.exec(written) ?? []
  return Buffer.from(bytes.replace(/\\([\s\S])/g, '$1'), 'latin1')
    .swap16()
    .toString('utf16le')
}

/** The characters of a font's glyphs, from its first on. */
function readCharacters(map: string): string[] {
  return [...map.matchAll(/<(\w{4})> <\w{4}> \[([^\]]*)\]/g)].flatMap(([, , shapes = '']) =>
    [...shapes.matchAll(/<([\w ]+)>/g)].map(([, hex = '']) =>
      Buffer.from(hex.replaceAll(' ', ''), 'hex').swap16().toString('utf16le'),
    ),
  )
}

function readLines(drawn: string, fonts: Map<string, string[]>): string[] {
  let font: string[] = []
  const lines: string[] = []
  for (const [, name, shown] of drawn.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)) {
    if (name !== undefined) {
      font = fonts.get(name) ?? []
      lines.push('')
    }
    const hex = [...(shown ?? '').matchAll(/<(\w+)>/g)].map(([, part = '']) => part).join('')
    const words = (hex.match(/.{4}/g) ?? []).map((shape) => font[Number.parseInt(shape, 16)] ?? '?')
    lines.push((lines.pop() ?? '') + words.join(''))
  }
  return lines
}

function readRectangles(drawn: string): ReadPdf['pages'][number]['rectangles'] {
  return [...drawn.matchAll(/([-\d.]+) ([-\d.]+) ([-\d.]+) ([-\d.]+) re\b/g)].map((match) => {
    const [, x, y, width, height] = match.map(Number)
    return { x: x ?? 0, y: y ?? 0, width: width ?? 0, height: height ?? 0 }
  })
}
