import { and, eq, lt, notExists, sql } from 'drizzle-orm'
import type { Database, Transaction } from '../../drizzle/database.ts'
import { festivals, images } from '../../drizzle/schema/catalogue.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import { IMAGE_WIDTHS, imageName } from '../../shared/catalogue.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { ImageStore } from './image-store.ts'

/** How long an image stays after it was last used: an upload uses it soon, and cached pages still show it. */
export const IMAGE_GRACE_MS = 86_400_000
/** Deleted in one turn; the next turn continues. */
const REMOVED_MAX = 100

/**
 * Records that an image is used now. Waits for a deletion of it in progress, so that its files are stored again after
 * that; a festival that uses it within the grace time can rely on them.
 */
export async function noteImage(db: Database | Transaction, id: string, now: Date): Promise<void> {
  await db
    .insert(images)
    .values({ id, usedAt: now })
    .onDuplicateKeyUpdate({ set: { usedAt: sql`greatest(${images.usedAt}, ${now})` } })
}

/** Deletes images that no festival has used for the grace time from the store; returns how many. */
export async function removeOrphanedImages(deps: {
  db: Database
  images: Pick<ImageStore, 'remove'>
  now: Clock
}): Promise<number> {
  const isOrphaned = and(
    lt(images.usedAt, new Date(deps.now() - IMAGE_GRACE_MS)),
    notExists(deps.db.select({ id: festivals.id }).from(festivals).where(eq(festivals.image, images.id))),
  )
  const found = await deps.db.select({ id: images.id }).from(images).where(isOrphaned).limit(REMOVED_MAX)
  let removed = 0
  for (const { id } of found) {
    removed += await runTransaction(deps.db, async (tx) => {
      // Checked again under the lock that storing the same image takes.
      const [row] = await tx.select({ id: images.id }).from(images).where(eq(images.id, id)).for('update')
      const still = await tx
        .select({ id: images.id })
        .from(images)
        .where(and(eq(images.id, id), isOrphaned))
      if (row === undefined || still.length === 0) return 0
      for (const width of IMAGE_WIDTHS) await deps.images.remove(imageName(id, width))
      await tx.delete(images).where(eq(images.id, id))
      return 1
    })
  }
  return removed
}
