import { readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { posix } from 'node:path'

/** A place in a bundle, as stack traces name it. */
const PLACE = /file:\/\/(\/[^\s:()]+\.mjs):(\d+):(\d+)/g

/**
 * Replaces places in bundles by those in the sources, which the source maps beside the bundles know. A place without a
 * map stays.
 */
export function createTranslator(
  readMap: (file: string) => string = (file) => readFileSync(`${file}.map`, 'utf8'),
): (line: string) => string {
  const maps = new Map<string, SourceMap | undefined>()

  function mapOf(file: string): SourceMap | undefined {
    if (!maps.has(file)) maps.set(file, openMap(file))
    return maps.get(file)
  }

  function openMap(file: string): SourceMap | undefined {
    try {
      return new SourceMap(JSON.parse(readMap(file)))
    } catch {
      return undefined
    }
  }

  return (line) =>
    line.replace(PLACE, (place, file: string, row: string, column: string) => {
      const found = mapOf(file)?.findEntry(Number(row) - 1, Number(column) - 1)
      if (found === undefined || !('originalSource' in found)) return place
      const source = posix.normalize(found.originalSource).replace(/^(?:\.\.\/)+/, '')
      return `${source}:${found.originalLine + 1}:${found.originalColumn + 1}`
    })
}
