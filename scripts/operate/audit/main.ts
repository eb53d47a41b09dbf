import { findRunning } from '../running.ts'
import { auditCommand } from './command.ts'

process.exitCode = await auditCommand(process.argv.slice(2), (wanted) => findRunning(process.env, wanted))
