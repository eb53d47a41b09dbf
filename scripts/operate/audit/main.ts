import { findRunning } from '../running.ts'
import { auditCommand } from './command.ts'

const { env } = process
process.exitCode = await auditCommand(process.argv.slice(2), {
  find: (wanted) => findRunning(env, wanted),
  env,
})
