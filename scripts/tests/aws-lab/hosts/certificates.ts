import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runCommand } from '../../../develop/stores/command.ts'

export type Authority = {
  /** The file of its certificate. */
  certificate: string
  /** Issues a certificate for host names and addresses; returns the files of it and of its key. */
  issue(name: string, names: readonly string[]): Promise<{ certificate: string; key: string }>
}

const TIMEOUT_MS = 10_000
const DAYS = '2'
const KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** Stands for Amazon's certificate authorities, whom hosts and visitors trust. One folder has one authority. */
export async function openAuthority(folder: string, env: NodeJS.ProcessEnv): Promise<Authority> {
  await mkdir(folder, { recursive: true })
  const openssl = (...args: string[]): Promise<string> =>
    runCommand({ name: `openssl ${args[0]}`, command: 'openssl', args, env, timeoutMs: TIMEOUT_MS })
  const certificate = join(folder, 'ca.pem')
  const key = join(folder, 'ca.key')
  const subject = ['-x509', '-subj', '/CN=Rehearsal', '-days', DAYS]
  if (!existsSync(key)) await openssl('req', ...KEY, ...subject, '-keyout', key, '-out', certificate)
  return {
    certificate,
    async issue(name, names) {
      const own = { certificate: join(folder, `${name}.pem`), key: join(folder, `${name}.key`) }
      const alternatives = names.map((each) => (/^[\d.]+$/.test(each) ? `IP:${each}` : `DNS:${each}`))
      const extensions = join(folder, `${name}.ext`)
      await writeFile(extensions, `subjectAltName=${alternatives.join(',')}\n`)
      const request = join(folder, `${name}.csr`)
      await openssl('req', ...KEY, '-subj', `/CN=${name}`, '-keyout', own.key, '-out', request)
      const signed = ['-CA', certificate, '-CAkey', key, '-CAcreateserial', '-days', DAYS]
      await openssl(
        'x509',
        '-req',
        '-in',
        request,
        ...signed,
        '-extfile',
        extensions,
        '-out',
        own.certificate,
      )
      return own
    },
  }
}
