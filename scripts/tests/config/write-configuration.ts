import { writeFileSync } from 'node:fs'
import { configurationPages } from './configuration-pages.ts'

for (const { file, text } of configurationPages()) writeFileSync(file, text)
