import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { HostError, type HostPaths } from '../system/host.ts'

const PlaceSchema = z.object({
  /** The prefix of the parameters. */
  name: z.string().regex(/^[a-z][a-z0-9-]*$/),
  region: z.string(),
  role: z.enum(['gateway', 'origin']),
  /** Other servers than Amazon's, for rehearsals. */
  endpoints: z
    .object({
      ssm: z.string().optional(),
      s3: z.string().optional(),
      secretsmanager: z.string().optional(),
      cloudfront_keyvaluestore: z.string().optional(),
    })
    .default({}),
})

/** Where on AWS a host is, as Terraform says. */
export type Place = z.infer<typeof PlaceSchema>

export async function readPlace({ etc }: HostPaths): Promise<Place> {
  const file = join(etc, 'aws.json')
  try {
    return PlaceSchema.parse(JSON.parse(await readFile(file, 'utf8')))
  } catch (cause) {
    throw new HostError(`${file} does not say what this host is: {"name", "region", "role"}`, { cause })
  }
}

/** The options of a client of one of Amazon's services. */
export function clientOptions({ region, endpoints }: Place, service: keyof Place['endpoints']) {
  const { [service]: endpoint } = endpoints
  return { region, ...(endpoint === undefined ? {} : { endpoint }) }
}
