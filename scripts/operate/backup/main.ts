import { findRunning } from '../running.ts'
import { backupCommand } from './command.ts'
import { withDevelopment } from './development.ts'

const { env } = process
process.exitCode = await backupCommand(process.argv.slice(2), {
  find: () => ({ redisUrl: '', ...findRunning(env, ['databaseUrl']) }),
  env: withDevelopment(env),
})
