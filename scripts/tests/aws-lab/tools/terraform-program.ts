import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../../develop/stores/command.ts'
import { findProgram } from '../../../develop/stores/programs.ts'
import { type Cache, once } from './packages.ts'

const TOFU = 'github.com/opentofu/opentofu'
const TOFU_VERSION = 'v1.10.10'
const TIMEOUT_MS = 15 * 60_000

/** The terraform or tofu on PATH, else an OpenTofu that is built from the Go module proxy. */
export async function findTerraform(cache: Cache): Promise<string> {
  return findProgram(['terraform', 'tofu'], cache.env) ?? (await buildTofu(cache))
}

/** `go install` refuses it for the replacement in its go.mod, which a module of our own repeats. */
async function buildTofu(cache: Cache): Promise<string> {
  const folder = await once(join(cache.folder, `tofu-${TOFU_VERSION}`), async (target) => {
    const build = join(target, 'build')
    await mkdir(build)
    await writeFile(join(build, 'go.mod'), 'module example.test/tofu\n')
    const go = (...args: string[]): Promise<string> =>
      runCommand({ name: 'OpenTofu', command: 'go', args, env: cache.env, cwd: build, timeoutMs: TIMEOUT_MS })
    await go('mod', 'download', `${TOFU}@${TOFU_VERSION}`)
    const modules = (await go('env', 'GOMODCACHE')).trim()
    const mod = await readFile(join(modules, 'cache/download', TOFU, '@v', `${TOFU_VERSION}.mod`), 'utf8')
    for (const [, from, to, version] of mod.matchAll(/^replace (\S+)(?: v\S+)? => (\S+) (v\S+)$/gm)) {
      await go('mod', 'edit', '-replace', `${from}=${to}@${version}`)
    }
    await go('get', '-tool', `${TOFU}/cmd/tofu@${TOFU_VERSION}`)
    await go('build', '-trimpath', '-ldflags=-s -w', '-o', join(target, 'tofu'), `${TOFU}/cmd/tofu`)
  })
  return join(folder, 'tofu')
}
