import { eq } from 'drizzle-orm'
import type { Database } from '../../drizzle/database.ts'
import { festivals } from '../../drizzle/schema/catalogue.ts'
import { runTransaction } from '../../drizzle/transaction.ts'
import type { BoundedQueue, Busy } from '../../shared/runtime/bounded-queue.ts'
import type { Clock } from '../../shared/runtime/clock.ts'
import type { Limited, PerKeyLimit } from '../../shared/runtime/per-key-limit.ts'
import { changedFields, recordChange } from '../audit-log/record-change.ts'
import type { CatalogueCopy } from '../catalogue/catalogue.ts'
import { lockExpected, type Outdated, raiseVersion, type VersionCheck } from '../festivals/locked-festival.ts'
import type { ImageStore } from './image-store.ts'
import { type MadeImage, makeImage } from './make-image.ts'
import { noteImage } from './orphaned-images.ts'

/** Concurrently decoded images, and the queue length before further ones get 503. */
export const IMAGE_CONCURRENCY = 1
export const IMAGE_QUEUE_MAX = 10

export type SetImageDeps = {
  db: Database
  now: Clock
  catalogue: Pick<CatalogueCopy, 'follow'>
  images: ImageStore
  /** Decoding takes much memory: low concurrency. */
  imagesQueue: BoundedQueue
  /** Per account. */
  imagesPerAccount: PerKeyLimit<string>
  pixelsMax: number
  secondsMax: number
}

type Input = { festival: string; account: string; isExpected?: VersionCheck }

type Changed = { status: 'set' } | { status: 'missing' } | Outdated

export type SetImageResult = Changed | Exclude<MadeImage, { status: 'made' }> | Busy | Limited

/**
 * Sets a festival's image, which is stored before anything refers to it. The previous one stays for a day
 * (`orphaned-images.ts`): cached pages show it.
 */
export async function setImage(
  deps: SetImageDeps,
  { source, signal, ...input }: Input & { source: Uint8Array; signal?: AbortSignal },
): Promise<SetImageResult> {
  const known = await deps.db
    .select({ id: festivals.id })
    .from(festivals)
    .where(eq(festivals.id, input.festival))
  if (known.length === 0) return { status: 'missing' }
  const { pixelsMax, secondsMax } = deps
  const ran = await deps.imagesPerAccount(input.account, () =>
    deps.imagesQueue(async () =>
      signal?.aborted === true
        ? ({ status: 'abandoned' } as const)
        : await makeImage(source, { pixelsMax, secondsMax, ...(signal && { signal }) }),
    ),
  )
  if (ran.status !== 'ran') return ran
  if (ran.value.status !== 'made') return ran.value
  await noteImage(deps.db, ran.value.image, new Date(deps.now()))
  await Promise.all(ran.value.files.map(({ name, content }) => deps.images.put(name, content)))
  return changeImage(deps, input, ran.value.image)
}

/** Removes a festival's image. */
export function removeImage(
  deps: Pick<SetImageDeps, 'db' | 'now' | 'catalogue'>,
  input: Input,
): Promise<Changed> {
  return changeImage(deps, input, null)
}

async function changeImage(
  { db, now, catalogue }: Pick<SetImageDeps, 'db' | 'now' | 'catalogue'>,
  { festival: id, account, isExpected }: Input,
  image: string | null,
): Promise<Changed> {
  const result = await runTransaction(db, async (tx): Promise<Changed> => {
    const locked = await lockExpected(tx, id, isExpected)
    if (locked.status !== 'locked') return locked
    const { record } = locked
    const changed = changedFields({ image: record.festival.image }, { image })
    if (changed === undefined) return { status: 'set' }
    const previous = record.festival.image
    if (previous !== null) await noteImage(tx, previous, new Date(now()))
    await tx.update(festivals).set({ image }).where(eq(festivals.id, id))
    await raiseVersion(tx, record)
    await recordChange(tx, {
      at: new Date(now()),
      accountId: account,
      action: 'festival.image',
      subject: id,
      festivalId: id,
      ...changed,
    })
    return { status: 'set' }
  })
  if (result.status === 'set') await catalogue.follow()
  return result
}
