import pRetry from 'p-retry'
import { isDatabaseUnavailable } from '../../../drizzle/errors.ts'
import { migrateDatabase } from '../../../drizzle/migrate.ts'
import { type Host, HostError } from '../system/host.ts'
import { readCredentials, readServiceEnvironment, variableOf } from '../system/service-environment.ts'

/** A database that is just being created takes minutes until it can be reached. */
const ATTEMPTS_MAX = 10
const RETRY_MS = 3000
const RETRY_MS_MAX = 15_000
const RETRIES = { attemptsMax: ATTEMPTS_MAX, retryMs: RETRY_MS }

/**
 * Brings the database of an origin's host to the newest schema, with the migrator's rights where it has a user of its
 * own.
 */
export async function migrateHost(host: Host, retries = RETRIES): Promise<void> {
  const { paths, print } = host
  const { DATABASE_URL: url = variableOf(await readServiceEnvironment(paths, 'origin'), 'DATABASE_URL') } =
    await readCredentials(paths, 'migrator')
  print('migrating the database')
  await untilReachable(host, () => migrateDatabase(url), retries)
}

/** Does something with MySQL. An unreachable server is retried for about two minutes. */
export async function untilReachable<T>(
  { print }: Pick<Host, 'print'>,
  run: () => Promise<T>,
  { attemptsMax, retryMs } = RETRIES,
): Promise<T> {
  try {
    return await pRetry(run, {
      ...{ retries: attemptsMax - 1, minTimeout: retryMs, maxTimeout: RETRY_MS_MAX },
      shouldRetry: ({ error }) => isDatabaseUnavailable(error),
      onFailedAttempt: ({ error, retriesLeft }) => {
        if (retriesLeft > 0 && isDatabaseUnavailable(error)) {
          print(`MySQL is not reachable yet: ${innermost(error)}`)
        }
      },
    })
  } catch (error) {
    if (error instanceof HostError) throw error
    const words = isDatabaseUnavailable(error) ? 'MySQL is not reachable' : 'The database cannot be prepared'
    throw new HostError(`${words}: ${innermost(error)}`, { cause: error })
  }
}

/** The driver's own message; those of the layers above repeat the statement. */
function innermost(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  return inner instanceof Error ? inner.message : String(inner)
}
