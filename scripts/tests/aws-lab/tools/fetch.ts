import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Cache, once, ownDebian, unpackPackages } from './packages.ts'
import { fetchMoto, fetchProvider } from './python.ts'
import { makeRoot } from './root.ts'
import { findTerraform } from './terraform-program.ts'

/** Paths of what the rehearsal runs. */
export type Tools = {
  terraform: string
  providers: string
  python: string
  aws: string
  nspawn: string
  /** The folder of shared libraries that `nspawn` needs. */
  nspawnLibraries: string
  nginx: string
  /** A folder that holds MySQL at any place: `bin/mysqld`, `bin/mysql`. */
  mysql: string
  root: string
}

/** What takes minutes the first time, each with its title. */
export type Fetching = { title: string; fetch: () => Promise<void> }

/** The order in which tools are fetched; `found` is complete once all of them are. */
export function fetchingSteps(cache: Cache): { steps: Fetching[]; found: Partial<Tools> } {
  const found: Partial<Tools> = {}
  let debian = ''
  const steps: Fetching[] = [
    {
      title: 'Tools: mmdebstrap, systemd-nspawn, nginx (Debian packages, unpacked)',
      fetch: async () => {
        const { suite } = await ownDebian(cache)
        const names = ['mmdebstrap', 'systemd-container', 'libsystemd-shared', 'nginx']
        const packages = { suite, names, withDependencies: false }
        debian = await once(join(cache.folder, `debian-${suite}`), (folder) =>
          unpackPackages(cache, folder, packages),
        )
        found.nspawn = join(debian, 'usr/bin/systemd-nspawn')
        found.nspawnLibraries = join(debian, 'usr/lib/x86_64-linux-gnu/systemd')
        found.nginx = join(debian, 'usr/sbin/nginx')
      },
    },
    {
      title: 'Tools: terraform or OpenTofu, AWS provider 3.39.0 (SHA-256 known)',
      fetch: async () => {
        found.terraform = await findTerraform(cache)
        found.providers = await fetchProvider(cache)
      },
    },
    {
      title: 'Tools: moto, the simulated AWS, and the AWS CLI (PyPI)',
      fetch: async () => {
        const programs = await fetchMoto(cache)
        found.python = join(programs, 'python')
        found.aws = join(programs, 'aws')
      },
    },
    {
      title: 'Tools: MySQL 9.7 (Debian unstable, unpacked)',
      fetch: async () => {
        found.mysql = await fetchMysql(cache)
      },
    },
    {
      title: 'Tools: root folder of the hosts (mmdebstrap, with cloud-init and AWS CLI)',
      fetch: async () => {
        found.root = await makeRoot(cache, debian)
      },
    },
  ]
  return { steps, found }
}

export function isComplete(found: Partial<Tools>): found is Tools {
  const { terraform, providers, python, aws, nspawn, nspawnLibraries, nginx, mysql, root } = found
  return [terraform, providers, python, aws, nspawn, nspawnLibraries, nginx, mysql, root].every(
    (path) => path !== undefined,
  )
}

const MYSQL_PROGRAMS = {
  mysqld: {
    path: 'usr/sbin/mysqld',
    options:
      '--lc-messages-dir="$root/usr/share/mysql" --plugin-dir="$root/usr/lib/mysql/plugin" --character-sets-dir="$root/usr/share/mysql/charsets"',
  },
  mysql: { path: 'usr/bin/mysql', options: '' },
}

/** MySQL from unstable has a newer C library than the hosts: it runs by its own loader, wherever the folder lies. */
function fetchMysql(cache: Cache): Promise<string> {
  const names = ['mysql-server-core', 'mysql-client-core']
  return once(join(cache.folder, 'mysql'), async (folder) => {
    await unpackPackages(cache, join(folder, 'root'), { suite: 'sid', names, withDependencies: true })
    await mkdir(join(folder, 'bin'))
    for (const [name, { path, options }] of Object.entries(MYSQL_PROGRAMS)) {
      const program = join(folder, 'bin', name)
      await writeFile(program, wrapper(path, options))
      await chmod(program, 0o755)
    }
  })
}

function wrapper(path: string, options: string): string {
  return `#!/bin/sh
root=$(cd "$(dirname "$(readlink -f "$0")")/../root" && pwd)
libraries=$root/usr/lib/x86_64-linux-gnu
exec "$libraries/ld-linux-x86-64.so.2" --library-path "$libraries" "$root/${path}" ${options} "$@"
`
}
