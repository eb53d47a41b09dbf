/** A text for LIKE in which nothing stands for anything else. */
export function escapeLike(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&')
}
