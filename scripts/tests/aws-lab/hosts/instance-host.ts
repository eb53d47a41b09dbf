import { copyFile, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type RunningProcess, startProcess } from '../../../develop/stores/process.ts'
import type { Instance } from '../simulator/instances.ts'

const IMDS_ADDRESS = '169.254.169.254'
const IMDS = fileURLToPath(new URL('../imds/main.ts', import.meta.url))

export type FurnishOptions = {
  instance: Instance
  /** The file of the certificate of the authority that all hosts trust. */
  authority: string
  /** Addresses by name, as the DNS of a VPC answers. */
  names: Readonly<Record<string, string>>
  /** Variables of the SDKs that say where AWS is. */
  endpoints: Readonly<Record<string, string>>
  region: string
}

/** Writes what an instance of AWS finds at its first boot: user-data, DNS, trusted authorities, where AWS is. */
export async function furnishInstance(root: string, options: FurnishOptions): Promise<void> {
  const { instance, authority, names, endpoints, region } = options
  const variables = { ...endpoints, AWS_DEFAULT_REGION: region }
  await writeFiles(root, {
    'etc/hostname': `${instance.privateName.split('.')[0]}\n`,
    'etc/hosts': [
      '127.0.0.1 localhost',
      ...Object.entries(names).map(([name, address]) => `${address} ${name}`),
      '',
    ].join('\n'),
    // The environment of every unit, cloud-init's and the release's too: the SDKs' own variable for another AWS.
    'etc/systemd/system.conf.d/rehearsal.conf': `[Manager]
DefaultEnvironment=${Object.entries(variables)
      .map(([name, value]) => `"${name}=${value}"`)
      .join(' ')}
`,
    'etc/cloud/cloud.cfg.d/90-rehearsal.cfg': `datasource_list: [NoCloud]
locale: C.UTF-8
network: {config: disabled}
`,
    'var/lib/cloud/seed/nocloud/meta-data': `instance-id: ${instance.id}\n`,
    'var/lib/cloud/seed/nocloud/user-data': instance.userData,
  })
  await mkdir(join(root, 'etc/naru'), { recursive: true })
  // Amazon's own authorities are fetched, or known to Node, only where these files are missing.
  for (const store of ['database', 'redis']) await copyFile(authority, join(root, `etc/naru/${store}-ca.pem`))
  await symlink('/dev/null', join(root, 'etc/systemd/system/console-getty.service'))
}

async function writeFiles(root: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const file = join(root, name)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, content)
  }
}

export type ImdsOptions = {
  env: NodeJS.ProcessEnv
  instance: Instance
  namespace: string
  region: string
  logFile: string
}

/** Starts the metadata service of an instance, in its network namespace: nobody else reaches it. */
export async function startImds(options: ImdsOptions): Promise<RunningProcess> {
  const { env, instance, namespace, region, logFile } = options
  const argument = {
    ...{ instanceId: instance.id, region, role: instance.iamRole, instanceType: instance.type },
    ...{ privateAddress: instance.privateAddress, listenOn: IMDS_ADDRESS },
  }
  const address = ['address', 'add', `${IMDS_ADDRESS}/32`, 'dev', 'lo']
  const listen = [process.execPath, IMDS, JSON.stringify(argument)]
  const admitted = [
    'netns',
    'exec',
    namespace,
    'sh',
    '-c',
    `ip ${address.join(' ')} && exec "$@"`,
    'sh',
    ...listen,
  ]
  return startProcess({ name: `Metadata of ${instance.role}`, command: 'ip', args: admitted, env, logFile })
}
