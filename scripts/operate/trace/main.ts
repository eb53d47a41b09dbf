import { createInterface } from 'node:readline'
import { createTranslator } from './translate.ts'

/** Reads the log of a release, and writes it with the places of the sources in its stack traces. */

const translate = createTranslator()
for await (const line of createInterface({ input: process.stdin }))
  process.stdout.write(`${translate(line)}\n`)
