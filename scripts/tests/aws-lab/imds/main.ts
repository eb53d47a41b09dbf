import { z } from 'zod'
import { createImds } from './imds.ts'

/** Runs in the network namespace of a host: `main.ts JSON`, an identity and the address to listen on. */
const ArgumentSchema = z.object({
  instanceId: z.string(),
  region: z.string(),
  role: z.string(),
  privateAddress: z.string(),
  instanceType: z.string(),
  listenOn: z.string(),
})
const { listenOn, ...identity } = ArgumentSchema.parse(JSON.parse(process.argv[2] ?? ''))

createImds(identity, Date.now).listen(80, listenOn)
