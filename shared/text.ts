/** Splits a text into characters as people see them (Unicode Standard Annex #29), the same in every language. */
export const graphemes = new Intl.Segmenter('und', { granularity: 'grapheme' })

/** One character may take two UTF-16 code units; no more of the text is needed to find a cut. */
const LOOK_AHEAD = 2

/**
 * The beginning of a text, cut between characters as people see them (Unicode Standard Annex #29), so that no emoji or
 * accent is split and the result is well-formed Unicode.
 *
 * @param unitsMax - maximum number of UTF-16 code units, as `maxlength` in HTML and zod's `max` count them
 */
export function cutText(text: string, unitsMax: number): string {
  if (text.length <= unitsMax) return text
  let end = 0
  for (const { index, segment } of graphemes.segment(text.slice(0, unitsMax + LOOK_AHEAD))) {
    if (index + segment.length > unitsMax) break
    end = index + segment.length
  }
  // A single character may be longer than the limit; then its code points are cut.
  return end > 0 ? text.slice(0, end) : withoutHalfCharacter(text.slice(0, unitsMax))
}

function withoutHalfCharacter(text: string): string {
  return text.slice(0, -1) + (text.slice(-1).isWellFormed() ? text.slice(-1) : '')
}
