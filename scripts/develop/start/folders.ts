import { join } from 'node:path'

/** The folders of a checkout that outlive a run. */
export type Folders = ReturnType<typeof foldersOf>

/** @param root - the checkout */
export function foldersOf(root: string) {
  const data = join(root, '.data')
  return {
    root,
    data,
    redis: join(data, 'redis'),
    /** Neither can read the data of the other. */
    databases: { MariaDB: join(data, 'mariadb'), MySQL: join(data, 'mysql') },
    programs: join(data, 'programs'),
    logs: join(data, 'logs'),
    keys: join(data, 'keys.env'),
    mail: join(data, 'mail'),
    ledger: join(data, 'ledger.jsonl'),
    images: join(data, 'images'),
    running: join(data, 'running.json'),
    lock: join(data, 'up.lock'),
  }
}

/** The log of a store or service. */
export function logOf({ logs }: Pick<Folders, 'logs'>, name: string): string {
  return join(logs, `${name}.log`)
}
