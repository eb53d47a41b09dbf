import * as z from 'zod'
import { type BackupSystem, openImages, orExplain } from '../backup/command.ts'
import { decrypterWith } from '../backup/encryption.ts'
import type { Manifest } from '../backup/manifest.ts'
import { flag, option, readOptions, runCommand, usageOf } from '../read-options.ts'
import { checkBackup, restoreBackup } from './restore-backup.ts'

const COMMAND = {
  start: 'npm run restore --',
  about: 'Restores a backup into an empty database, an empty Redis and the store of images.',
  options: z.object({
    from: option('FILE', 'the backup', z.string({ error: 'is required' })),
    identity: option('FILE', 'the identity of a recipient', z.string({ error: 'is required' })),
    keys: option(
      'FILE',
      'a new file for the keys; without it the environment must have them already',
      z.string().optional(),
    ),
    check: flag('only checks the backup, and that this release can restore it'),
  }),
  exit: 'Exit status: 0 done, 1 not done, for the reason on stderr, 2 wrong usage.',
}

type Options = z.output<typeof COMMAND.options>

/** Restores a backup and prints what to do next. Returns the exit status. */
export function restoreCommand(args: readonly string[], system: BackupSystem): Promise<number> {
  const read = (words: readonly string[]) => {
    const found = readOptions(COMMAND, words)
    return found === 'help' ? found : found.options
  }
  return runCommand(usageOf(COMMAND), read, (options) => orExplain(() => run(options, system)), args)
}

async function run(options: Options, { find, env }: BackupSystem): Promise<void> {
  const backup = { file: options.from, decrypter: await decrypterWith(options.identity) }
  if (options.check) {
    const { manifest } = await checkBackup(backup)
    process.stdout.write(`${describe(manifest).join('\n')}\n`)
    return
  }
  const { images, close } = await openImages(env)
  try {
    const say = (line: string) => void process.stdout.write(`${line}\n`)
    const manifest = await restoreBackup({ ...backup, ...find(), images, keysFile: options.keys, env, say })
    process.stdout.write(
      `\n${[...describe(manifest), '', ...nextSteps(manifest, options.keys)].join('\n')}\n`,
    )
  } finally {
    close()
  }
}

function describe({ pointInTime, version, tables, images, keys, migrations }: Manifest): string[] {
  const rowsOf = (name: string) => tables.find((table) => table.name === name)?.rows ?? 0
  const rows = tables.reduce((sum, table) => sum + table.rows, 0)
  return [
    `point in time  ${pointInTime}: what was confirmed later is not in this backup`,
    `made by        release ${version}, after ${migrations.length} migrations`,
    `MySQL          ${rows} rows of ${tables.length} tables: ${rowsOf('orders')} orders, ${rowsOf('tickets')} tickets`,
    `images         ${images.files} files`,
    `keys           ${keys.join(', ')}`,
  ]
}

function nextSteps({ pointInTime }: Manifest, keysFile: string | undefined): string[] {
  const ages = Math.ceil((Date.now() - Date.parse(pointInTime)) / 3_600_000) + 1
  return [
    'Next:',
    ...(keysFile === undefined
      ? []
      : [`- Give the services the keys in ${keysFile}, before they start; then delete that file.`]),
    '- Start origins, then gateways: every room is rebuilt from MySQL, and its fans are called again.',
    `- npm run reconcile -- --hours ${ages}: lists charges that no order of the backup has, as charge-without-payment.`,
    '  Those were paid after the point in time: refund them at the payment provider.',
    '- npm run audit',
  ]
}
