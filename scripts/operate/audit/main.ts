import { auditCommand } from './command.ts'

process.exitCode = await auditCommand(process.argv.slice(2), process.env)
