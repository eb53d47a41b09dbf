import { withDevelopment } from '../backup/development.ts'
import { findRunning } from '../running.ts'
import { restoreCommand } from './command.ts'

const { env } = process
process.exitCode = await restoreCommand(process.argv.slice(2), {
  find: () => findRunning(env, ['databaseUrl', 'redisUrl']),
  env: withDevelopment(env),
})
