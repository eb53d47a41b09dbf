/**
 * The characters that a TrueType font has a shape for, of Unicode's basic plane: what its `cmap` says in format 4 for
 * Unicode on Windows, which every such font has (OpenType 1.9, "cmap — Character to Glyph Index Mapping Table").
 */
export function readCodePoints(font: Uint8Array): ReadonlySet<number> {
  const view = new DataView(font.buffer, font.byteOffset, font.byteLength)
  const table = findSubtable(view, findTable(view, 'cmap'))
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
      // Glyph 0 stands for what is missing.
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

/** Platform 3 is Windows, its encoding 1 Unicode's basic plane. */
function findSubtable(view: DataView, cmap: number): number {
  const subtables = view.getUint16(cmap + 2)
  for (let i = 0; i < subtables; i += 1) {
    const at = cmap + 4 + 8 * i
    const subtable = cmap + view.getUint32(at + 4)
    const isBasicPlane = view.getUint16(at) === 3 && view.getUint16(at + 2) === 1
    if (isBasicPlane && view.getUint16(subtable) === 4) return subtable
  }
  throw new Error('The font does not say which characters it has')
}
