import { mkdirSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { oneOf, option, readOptions, runCommand, usageOf } from '../operate/read-options.ts'
import { ARCHITECTURES, ownArchitecture } from './packages.ts'
import { makeRelease } from './release.ts'
import { readVersion } from './version.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

const COMMAND = {
  start: 'npm run release --',
  about: 'Makes the archive that hosts run from, with everything that they need, and its checksum.',
  options: z.object({
    out: option('FOLDER', 'where the archive goes', z.string().default('.data/release')),
    arch: option(
      'ARCH',
      `the processors of the hosts, ${ARCHITECTURES.join(' or ')}`,
      oneOf(ARCHITECTURES).default(ownArchitecture()),
    ),
  }),
  exit: 'Exit status: 0 made, 1 failed, 2 wrong usage.',
}

process.exitCode = await runCommand(
  usageOf(COMMAND),
  (args) => readOptions(COMMAND, args),
  async ({ options: { out, arch } }) => {
    const folder = resolve(out)
    mkdirSync(folder, { recursive: true })
    const file = await makeRelease({ root: ROOT, out: folder, arch, version: readVersion(ROOT) })
    process.stdout.write(`${file}  ${(statSync(file).size / 1e6).toFixed(1)} MB\n`)
    return 0
  },
)
