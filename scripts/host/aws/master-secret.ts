import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { z } from 'zod'
import { HostError } from '../system/host.ts'
import { clientOptions, type Place } from './place.ts'

const MasterSchema = z.object({ username: z.string(), password: z.string() })

/** The master user of the database, whose password RDS itself changes from time to time. */
export async function readMasterSecret(
  place: Place,
  arn: string,
): Promise<{ user: string; password: string }> {
  const client = new SecretsManagerClient(clientOptions(place, 'secretsmanager'))
  try {
    const { SecretString = '' } = await client.send(new GetSecretValueCommand({ SecretId: arn }))
    const { username, password } = MasterSchema.parse(JSON.parse(SecretString))
    return { user: username, password }
  } catch (cause) {
    const words = cause instanceof Error ? cause.message : String(cause)
    throw new HostError(`The secret of the database's master user cannot be read: ${words}`, { cause })
  } finally {
    client.destroy()
  }
}
