import {
  CloudFrontKeyValueStoreClient,
  ConflictException,
  DescribeKeyValueStoreCommand,
  GetKeyCommand,
  PutKeyCommand,
  ResourceNotFoundException,
} from '@aws-sdk/client-cloudfront-keyvaluestore'
// Registers the signature that this service of Amazon's alone requires.
import '@aws-sdk/signature-v4a'
import { clientOptions, type Place } from './place.ts'

/** Under which CloudFront's function looks for the secret. */
const KEY = 'proof'
const ATTEMPTS_MAX = 5

/** Stores the secret with which CloudFront proves itself to the gateway, where it is another one. */
export async function writeProof(
  place: Place,
  { store, proof }: { store: string; proof: string },
): Promise<void> {
  const client = new CloudFrontKeyValueStoreClient(clientOptions(place, 'cloudfront_keyvaluestore'))
  try {
    for (let attempt = 1; (await readProof(client, store)) !== proof; attempt += 1) {
      try {
        const { ETag } = await client.send(new DescribeKeyValueStoreCommand({ KvsARN: store }))
        await client.send(new PutKeyCommand({ KvsARN: store, Key: KEY, Value: proof, IfMatch: ETag }))
      } catch (error) {
        // Another host has just stored it.
        if (!(error instanceof ConflictException) || attempt >= ATTEMPTS_MAX) throw error
      }
    }
  } finally {
    client.destroy()
  }
}

async function readProof(client: CloudFrontKeyValueStoreClient, store: string): Promise<string | undefined> {
  try {
    return (await client.send(new GetKeyCommand({ KvsARN: store, Key: KEY }))).Value
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined
    throw error
  }
}
