/**
 * The characters that a TrueType font has a glyph for: its `cmap` in format 12, or else in format 4, for Unicode on
 * Windows (OpenType 1.9, "cmap — Character to Glyph Index Mapping Table").
 */
export function readCodePoints(font: Uint8Array): ReadonlySet<number> {
  const view = viewOf(font)
  const cmap = findTable(view, 'cmap')
  const whole = findSubtable(view, cmap, { encoding: 10, format: 12 })
  if (whole !== undefined) return readGroups(view, whole)
  const basic = findSubtable(view, cmap, { encoding: 1, format: 4 })
  if (basic === undefined) throw new Error('The font does not say which characters it has')
  return readSegments(view, basic)
}

/** The ascent of the font, as a fraction of its size. */
export function readAscent(font: Uint8Array): number {
  const view = viewOf(font)
  return view.getInt16(findTable(view, 'hhea') + 4) / view.getUint16(findTable(view, 'head') + 18)
}

function viewOf(font: Uint8Array): DataView {
  return new DataView(font.buffer, font.byteOffset, font.byteLength)
}

/** Format 12, of all planes: groups of consecutive characters with glyphs. */
function readGroups(view: DataView, table: number): ReadonlySet<number> {
  const found = new Set<number>()
  const groups = view.getUint32(table + 12)
  for (let i = 0; i < groups; i += 1) {
    const at = table + 16 + 12 * i
    const [first, last, glyph] = [view.getUint32(at), view.getUint32(at + 4), view.getUint32(at + 8)]
    // Glyph 0 stands for a missing character.
    for (let code = first; code <= last; code += 1) if (glyph + code - first !== 0) found.add(code)
  }
  return found
}

/** Format 4, of the basic plane. */
function readSegments(view: DataView, table: number): ReadonlySet<number> {
  const segments = view.getUint16(table + 6) / 2
  const ends = table + 14
  const starts = ends + 2 * segments + 2
  const deltas = starts + 2 * segments
  const offsets = deltas + 2 * segments
  const found = new Set<number>()
  for (let i = 0; i < 2 * segments; i += 2) {
    const [first, last] = [view.getUint16(starts + i), view.getUint16(ends + i)]
    const [delta, offset] = [view.getUint16(deltas + i), view.getUint16(offsets + i)]
    for (let code = first; code <= last; code += 1) {
      const raw = offset === 0 ? code : view.getUint16(offsets + i + offset + 2 * (code - first))
      if (raw !== 0 && ((raw + delta) & 0xffff) !== 0) found.add(code)
    }
  }
  return found
}

function findTable(view: DataView, tag: string): number {
  const tables = view.getUint16(4)
  for (let i = 0; i < tables; i += 1) {
    const at = 12 + 16 * i
    const name = String.fromCharCode(...[0, 1, 2, 3].map((byte) => view.getUint8(at + byte)))
    if (name === tag) return view.getUint32(at + 8)
  }
  throw new Error(`The font has no table ${tag}`)
}

/** Platform 3 is Windows, its encoding 1 Unicode's basic plane and 10 all of Unicode. */
function findSubtable(
  view: DataView,
  cmap: number,
  wanted: { encoding: number; format: number },
): number | undefined {
  const subtables = view.getUint16(cmap + 2)
  for (let i = 0; i < subtables; i += 1) {
    const at = cmap + 4 + 8 * i
    const subtable = cmap + view.getUint32(at + 4)
    const isWanted = view.getUint16(at) === 3 && view.getUint16(at + 2) === wanted.encoding
    if (isWanted && view.getUint16(subtable) === wanted.format) return subtable
  }
  return undefined
}
