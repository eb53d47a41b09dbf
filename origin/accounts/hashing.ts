import { hash, verify } from '@node-rs/argon2'

/** Creates and checks password hashes. */
export type Hashing = {
  /** The argon2id hash as a PHC string; with a new salt where none is given. */
  hash(password: string, cost: HashCost): Promise<string>
  /** Whether the password is the one that was hashed. */
  verify(phc: string, password: string): Promise<boolean>
}

export type HashCost = { memoryCost: number; timeCost: number; parallelism: number; salt?: Uint8Array }

/** Hashes in threads of this process. */
export const threadHashing: Hashing = { hash, verify }
