import * as z from 'zod'
import { chooseImageStore } from '../../../origin/images/choose-image-store.ts'
import { ImagesUnavailable } from '../../../origin/images/image-store.ts'
import { IMAGE_RULES, IMAGE_VARIABLES, imageConfigOf } from '../../../origin/images/images-config.ts'
import { ConfigError, type Env, readVariables, withRules } from '../../../shared/runtime/env.ts'
import { option, readOptions, runCommand, usageOf, WrongUsage } from '../read-options.ts'
import { KEY_NAMES, keysIn } from './backed-up-keys.ts'
import { BackupError, reasonOf } from './backup-error.ts'
import { makeIdentity } from './encryption.ts'
import { type Backup, takeBackup } from './take-backup.ts'

/** The system that is backed up, or that a backup is restored into. */
export type BackupSystem = {
  /** The addresses of its stores, or throws. */
  find: () => { databaseUrl: string; redisUrl: string }
  /** Where its images are, and its keys. */
  env: Env
}

const NOT_DONE = 1

const COMMAND = {
  start: 'npm run backup --',
  about: `Makes one encrypted file of MySQL, the images and the keys, while the system sells. Redis is rebuilt from MySQL.`,
  options: z.object({
    to: option('PATH', 'a folder, or a file that does not exist', z.string().optional()),
    recipient: option(
      'AGE1…',
      'whose identity can restore it; several are separated by commas',
      z.string().optional(),
    ),
    'new-identity': option(
      'FILE',
      'makes an identity in a new file and prints its recipient, as age-keygen does',
      z.string().optional(),
    ),
  }),
  more: '  Keep the identity away from the hosts: who has it and a backup has everything.',
  exit: 'Exit status: 0 done, 1 not done, for the reason on stderr, 2 wrong usage.',
}

type Asked = { kind: 'backup'; to: string; recipients: string[] } | { kind: 'identity'; file: string }

function read(args: readonly string[]): Asked | 'help' {
  const found = readOptions(COMMAND, args)
  if (found === 'help') return found
  const { to, recipient, 'new-identity': file } = found.options
  if (file !== undefined) return { kind: 'identity', file }
  if (to === undefined) throw new WrongUsage('--to is required')
  const recipients = (recipient ?? '').split(',').filter((each) => each !== '')
  if (recipients.length === 0)
    throw new WrongUsage('--recipient is required: a backup is never stored in plain')
  return { kind: 'backup', to, recipients }
}

/** Makes a backup and prints what it has. Returns the exit status. */
export function backupCommand(args: readonly string[], system: BackupSystem): Promise<number> {
  return runCommand(usageOf(COMMAND), read, (asked) => orExplain(() => run(asked, system)), args)
}

async function run(asked: Asked, { find, env }: BackupSystem): Promise<void> {
  if (asked.kind === 'identity') {
    process.stdout.write(`${await makeIdentity(asked.file, new Date())}\n`)
    return
  }
  const { databaseUrl } = find()
  const { images, close } = await openImages(env)
  try {
    const { to, recipients } = asked
    process.stdout.write(
      describe(await takeBackup({ databaseUrl, images, keys: keysIn(env), to, recipients })),
    )
  } finally {
    close()
  }
}

const IMAGES = withRules(z.object(IMAGE_VARIABLES), IMAGE_RULES)

/** The store of images that the origin uses too. */
export function openImages(env: Env) {
  return chooseImageStore(imageConfigOf(readVariables(IMAGES, env)))
}

/** Prints why something is not done, on one line where that is expected. */
export async function orExplain(run: () => Promise<void>): Promise<number> {
  try {
    await run()
    return 0
  } catch (error) {
    const isExpected =
      error instanceof BackupError || error instanceof ConfigError || error instanceof ImagesUnavailable
    process.stderr.write(`${isExpected ? error.message : `Not done: ${reasonOf(error)}`}\n`)
    return NOT_DONE
  }
}

function describe({ file, bytes, manifest }: Backup): string {
  const { pointInTime, tables, images, keys, migrations } = manifest
  const rowsOf = (name: string) => tables.find((table) => table.name === name)?.rows ?? 0
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  const absent = KEY_NAMES.filter((name) => name !== 'TICKET_PUBLIC_KEYS' && !keys.includes(name))
  const lines = [
    `${file} (${bytes} bytes)`,
    `point in time  ${pointInTime}: everything that was confirmed before is in it`,
    `MySQL          ${rows} rows of ${tables.length} tables after ${migrations.length} migrations: ${rowsOf('orders')} orders, ${rowsOf('tickets')} tickets`,
    `images         ${images.files} files`,
    `keys           ${keys.join(', ')}`,
  ]
  if (absent.length > 0) {
    lines.push(
      `not in it      ${absent.join(', ')}, which this host does not have: back up the gateways' keys too`,
    )
  }
  if (images.missing.length > 0) {
    lines.push(
      `missing        ${images.missing.length} files of images that festivals use are not in the store`,
    )
  }
  return `${lines.join('\n')}\n`
}
