import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PACKAGE = /^(.*node_modules\/)((?:@[^/]+\/)?[^/]+)\//

/**
 * The licences of the packages that bundles contain, which ask to be passed on with their code.
 *
 * @param inputs - the files that the bundles were made of, from the root of the checkout
 */
export function licencesOf(inputs: readonly string[], root: string): string {
  const folders = new Map<string, string>()
  for (const input of inputs) {
    const [, parent, name] = PACKAGE.exec(input) ?? []
    if (parent !== undefined && name !== undefined) folders.set(name, join(root, parent, name))
  }
  const names = [...folders.keys()].sort()
  return names
    .map((name) => `${name}\n\n${licenceIn(folders.get(name) ?? '')}\n`)
    .join(`\n${'-'.repeat(80)}\n\n`)
}

function licenceIn(folder: string): string {
  const { license = 'unknown' } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    license?: string
  }
  const files = globSync('{LICENSE,LICENCE,License,license}*', { cwd: folder }).sort()
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8').trim())
  return [`Licence: ${license}`, ...texts].join('\n\n')
}
