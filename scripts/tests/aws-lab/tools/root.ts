import { createHash } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../../develop/stores/command.ts'
import { type Cache, once } from './packages.ts'
import { AWS_CLI, installAwsCli } from './python.ts'

const SUITE = 'bookworm'
/** What hosts of AWS have from the start, and the Redis of the host of stores. */
const PACKAGES = [
  ...['systemd', 'systemd-sysv', 'dbus', 'libpam-systemd', 'cloud-init', 'locales', 'procps', 'iproute2'],
  ...['ca-certificates', 'curl', 'openssl', 'tar', 'gzip', 'xz-utils', 'jq', 'python3', 'redis-server'],
]
const TIMEOUT_MS = 10 * 60_000

/** The root folder that all hosts share, each under a layer of its own. Made again when its recipe changes. */
export function makeRoot(cache: Cache, tools: string): Promise<string> {
  const recipe = createHash('sha256')
    .update(JSON.stringify([SUITE, PACKAGES, AWS_CLI]))
    .digest('hex')
  return once(join(cache.folder, `root-${recipe.slice(0, 12)}`), async (folder) => {
    await rm(folder, { recursive: true })
    const args = ['--quiet', '--variant=minbase', `--include=${PACKAGES.join(',')}`, SUITE, folder]
    const command = join(tools, 'usr/bin/mmdebstrap')
    await runCommand({ name: 'mmdebstrap', command, args, env: cache.env, timeoutMs: TIMEOUT_MS })
    await installAwsCli(cache, folder)
    // Hosts of AWS have none of Debian's Redis running.
    await rm(join(folder, 'etc/systemd/system/multi-user.target.wants/redis-server.service'), { force: true })
    await rm(join(folder, 'etc/machine-id'), { force: true })
    await writeFile(join(folder, 'etc/machine-id'), '')
  })
}
