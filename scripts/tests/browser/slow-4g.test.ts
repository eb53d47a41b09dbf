import { describe, expect, it } from 'vitest'
import { firstPaintOnSlow4g } from './slow-4g.ts'

const KIB = 1024

describe('the first paint on slow 4G', () => {
  it("of a page without further resources takes five round trips and the server's time", () => {
    expect(firstPaintOnSlow4g({ documentBytes: 4 * KIB, levels: [] })).toBe(5 * 150 + 30)
  })

  it('takes a round trip more for every file that painting waits for', () => {
    expect(firstPaintOnSlow4g({ documentBytes: 4 * KIB, levels: [[4 * KIB]] })).toBe(960)
    const another = 960 + 150 + 30
    expect(firstPaintOnSlow4g({ documentBytes: 4 * KIB, levels: [[4 * KIB, 1]] })).toBe(another)
    expect(firstPaintOnSlow4g({ documentBytes: 4 * KIB, levels: [[4 * KIB], [1]] })).toBe(another)
  })

  it('takes another round trip for what does not fit in the first ten segments, and for every twenty after that', () => {
    const paintOf = (documentBytes: number) => firstPaintOnSlow4g({ documentBytes, levels: [] })
    expect(paintOf(14_600)).toBe(780)
    expect(paintOf(14_601)).toBe(930)
    expect(paintOf(14_600 + 29_200)).toBe(930)
    expect(paintOf(14_600 + 29_200 + 1)).toBe(1080)
  })
})
