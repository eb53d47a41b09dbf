import { createHash } from 'node:crypto'
import { and, count, eq, lt } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { isDuplicate } from '../../drizzle/errors.ts'
import { idempotencyKeys } from '../../drizzle/schema/idempotency.ts'
import { runTransaction } from '../../drizzle/transaction.ts'

/** How long repeating a creating request with its key creates nothing more. */
export const KEY_REMEMBER_MS = 86_400_000
/** Live keys of one account; a further request with a new key is rejected. */
export const KEYS_PER_ACCOUNT_MAX = 1000
/** Expired keys deleted in one statement. */
const PRUNED_MAX = 5000

/** A request that creates something, and the `Idempotency-Key` that came with it. */
export type KeyedRequest = {
  account: string
  key: string
  /** The operation and its validated input: another one under the same key is rejected. */
  request: unknown
}

export type KeyedStatus =
  | 'new'
  /** The same request has been committed: its response is repeated, and nothing is created. */
  | 'repeated'
  /** The key belongs to another request. */
  | 'key-reused'
  | 'too-many-keys'

/** Reasons for rejecting a keyed request. */
export type KeyRefusal = { status: 'key-reused' } | { status: 'too-many-keys' }

/** The state of a request's key; without a key every request is new. */
export async function findKey(
  tx: Transaction,
  now: Date,
  keyed: KeyedRequest | undefined,
): Promise<KeyedStatus> {
  if (keyed === undefined) return 'new'
  const { accountId, keyHash, requestHash } = rowOf(keyed)
  const isRow = and(eq(idempotencyKeys.accountId, accountId), eq(idempotencyKeys.keyHash, keyHash))
  const [found] = await tx.select().from(idempotencyKeys).where(isRow)
  if (found !== undefined && found.createdAt.getTime() > now.getTime() - KEY_REMEMBER_MS) {
    return found.requestHash === requestHash ? 'repeated' : 'key-reused'
  }
  // It has expired and is not deleted yet.
  if (found !== undefined) await tx.delete(idempotencyKeys).where(isRow)
  const [live] = await tx
    .select({ keys: count() })
    .from(idempotencyKeys)
    .where(eq(idempotencyKeys.accountId, accountId))
  return (live?.keys ?? 0) >= KEYS_PER_ACCOUNT_MAX ? 'too-many-keys' : 'new'
}

/** Stores a request's key, in the transaction that carries the request out. */
export async function storeKey(tx: Transaction, now: Date, keyed: KeyedRequest | undefined): Promise<void> {
  if (keyed !== undefined) await tx.insert(idempotencyKeys).values({ ...rowOf(keyed), createdAt: now })
}

/**
 * Runs the transaction of a keyed request. When another has committed one of its rows in the meantime it runs once
 * more, and then finds the key that the other has stored; a duplicate that remains is left to the caller.
 */
export async function keyedTransaction<T>(db: Database, run: (tx: Transaction) => Promise<T>): Promise<T> {
  try {
    return await runTransaction(db, run)
  } catch (error) {
    if (!isDuplicate(error)) throw error
    return await runTransaction(db, run)
  }
}

/** Deletes keys that have expired, at most `PRUNED_MAX` at a time; returns how many. */
export async function pruneKeys(db: Database, now: Date): Promise<number> {
  const [pruned] = await db
    .delete(idempotencyKeys)
    .where(lt(idempotencyKeys.createdAt, new Date(now.getTime() - KEY_REMEMBER_MS)))
    .limit(PRUNED_MAX)
  return pruned.affectedRows
}

function rowOf({ account, key, request }: KeyedRequest) {
  return { accountId: account, keyHash: hashOfKey(key), requestHash: hashOf(JSON.stringify(request)) }
}

/** What is stored of a key. */
export function hashOfKey(key: string): string {
  return hashOf(key)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
