import pRetry from 'p-retry'
import { isDatabaseUnavailable } from '../../drizzle/errors.ts'
import { migrateDatabase } from '../../drizzle/migrate.ts'
import { type Host, HostError } from './host.ts'
import { readCredentials, readServiceEnvironment, variableOf } from './service-environment.ts'

/** A database that is just being created takes minutes until it can be reached. */
const ATTEMPTS_MAX = 10
const RETRY_MS = 3000
const RETRY_MS_MAX = 15_000

/**
 * Brings the database of an origin's host to the newest schema, with the migrator's rights where it has a user of its
 * own. An unreachable database is retried for about two minutes.
 */
export async function migrateHost(
  { paths, print }: Host,
  { attemptsMax = ATTEMPTS_MAX, retryMs = RETRY_MS } = {},
): Promise<void> {
  const { DATABASE_URL: url = variableOf(await readServiceEnvironment(paths, 'origin'), 'DATABASE_URL') } =
    await readCredentials(paths, 'migrator')
  print('migrating the database')
  try {
    await pRetry(() => migrateDatabase(url), {
      ...{ retries: attemptsMax - 1, minTimeout: retryMs, maxTimeout: RETRY_MS_MAX },
      shouldRetry: ({ error }) => isDatabaseUnavailable(error),
      onFailedAttempt: ({ error, retriesLeft }) => {
        if (retriesLeft > 0 && isDatabaseUnavailable(error))
          print(`MySQL is not reachable yet: ${innermost(error)}`)
      },
    })
  } catch (error) {
    const words = isDatabaseUnavailable(error) ? 'MySQL is not reachable' : 'The database cannot be migrated'
    throw new HostError(`${words}: ${innermost(error)}`, { cause: error })
  }
}

/** The driver's own message; those of the layers above repeat the statement. */
function innermost(error: unknown): string {
  let inner = error
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause
  return inner instanceof Error ? inner.message : String(inner)
}
