import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseEnv } from 'node:util'
import * as hostKeys from '../../host/system/keys.ts'
import { Failure } from '../stores/failure.ts'

const MAKERS = {
  ...hostKeys.KEY_MAKERS.gateway,
  ...hostKeys.KEY_MAKERS.origin,
  SANDBOX_WEBHOOK_SECRET: hostKeys.makeSecret,
}

/** Private keys are PKCS#8 DER in base64 on one line. */
export type DevelopmentKeys = Record<keyof typeof MAKERS, string>

/** Reads this checkout's keys, creating missing ones in a file that only this user can read. */
export function loadDevelopmentKeys(file: string): { keys: DevelopmentKeys; made: boolean } {
  const stored = existsSync(file) ? parseEnv(readFileSync(file, 'utf8')) : {}
  let made = false
  function keep(name: keyof typeof MAKERS): string {
    const value = stored[name]
    if (value !== undefined && value !== '') return value
    made = true
    return MAKERS[name]()
  }
  const keys: DevelopmentKeys = {
    PASS_PRIVATE_KEY: keep('PASS_PRIVATE_KEY'),
    SERVICE_PRIVATE_KEY: keep('SERVICE_PRIVATE_KEY'),
    SESSION_PRIVATE_KEY: keep('SESSION_PRIVATE_KEY'),
    TICKET_PRIVATE_KEY: keep('TICKET_PRIVATE_KEY'),
    PLACE_SECRET: keep('PLACE_SECRET'),
    SANDBOX_WEBHOOK_SECRET: keep('SANDBOX_WEBHOOK_SECRET'),
  }
  if (made) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    const lines = Object.entries(keys).map(([name, value]) => `${name}=${value}\n`)
    writeFileSync(file, `# Keys of this checkout, for development only.\n${lines.join('')}`, { mode: 0o600 })
  }
  return { keys, made }
}

/**
 * The public half of a private key, as SPKI DER in base64.
 *
 * @param name - the variable that holds it, for the message
 */
export function publicHalfOf(name: string, privateKey: string): string {
  try {
    return hostKeys.publicHalfOf(privateKey)
  } catch {
    throw new Failure(`${name} is not a private key in base64 of PKCS#8 DER`)
  }
}
