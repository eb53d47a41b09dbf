import { Unreachable } from '../audit/unreachable.ts'
import { runCommand } from '../read-options.ts'
import { type Arguments, readArguments, USAGE } from './arguments.ts'
import { type Announced, fetchDraw, fetchLog, Unverifiable } from './fetch-draw.ts'
import { formatJson, formatReport, formatVerdict } from './report.ts'
import { checkCommitmentSeen, verifyDraw } from './verify.ts'

const HONEST = 0
const NOT_HONEST = 1
const UNVERIFIABLE = 3

process.exitCode = await runCommand(USAGE, readArguments, run)

async function run(asked: Arguments): Promise<number> {
  try {
    return await verifyPublished(asked)
  } catch (error) {
    process.stderr.write(`${explain(error)}\n`)
    return UNVERIFIABLE
  }
}

async function verifyPublished(asked: Arguments): Promise<number> {
  const announced = await fetchDraw(asked.roomUrl)
  if (!announced.drawn) return refuseUndrawn(announced, asked)
  const findings = verifyDraw(await fetchLog(asked.roomUrl, announced), asked)
  process.stdout.write(asked.json ? formatJson(findings) : formatReport(findings))
  return findings.honest ? HONEST : NOT_HONEST
}

/** A changed commitment is dishonest already; otherwise there is nothing to verify yet. */
function refuseUndrawn(announced: Announced, { room, commitmentSeen }: Arguments): number {
  const { commitment } = announced
  process.stderr.write(`Room ${room} has not made its draw yet. Its commitment: ${commitment}\n`)
  if ('closing' in announced && announced.closing !== undefined) {
    const { logHash, participantsHash } = announced.closing
    process.stderr.write(`Its lobby has closed with --log ${logHash} --participants ${participantsHash}\n`)
  }
  if (commitmentSeen === undefined) return UNVERIFIABLE
  const check = checkCommitmentSeen(commitment, commitmentSeen)
  if (check.holds) return UNVERIFIABLE
  process.stderr.write(`${formatVerdict({ honest: false, checks: [check] })}\n`)
  return NOT_HONEST
}

/** One line for expected errors; the whole error for unexpected ones. */
function explain(error: unknown): string {
  if (error instanceof Unreachable || error instanceof Unverifiable) return error.message
  return `The draw could not be verified: ${error instanceof Error ? error.stack : String(error)}`
}
