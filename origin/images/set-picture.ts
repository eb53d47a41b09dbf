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
import { type MadePicture, makePicture } from './make-picture.ts'
import { noteImage } from './orphaned-images.ts'
import type { PictureStore } from './picture-store.ts'

/** Images that are decoded at the same time, and that wait for it before more get 503. */
export const IMAGE_CONCURRENCY = 1
export const IMAGE_QUEUE_MAX = 10

export type SetPictureDeps = {
  db: Database
  now: Clock
  catalogue: Pick<CatalogueCopy, 'follow'>
  pictures: PictureStore
  /** Decoding takes much memory: few at once. */
  picturesQueue: BoundedQueue
  /** Of one account. */
  picturesPerAccount: PerKeyLimit<string>
  pixelsMax: number
  secondsMax: number
}

type Input = { festival: string; account: string; isExpected?: VersionCheck }

type Changed = { status: 'set' } | { status: 'missing' } | Outdated

export type SetPictureResult = Changed | Exclude<MadePicture, { status: 'made' }> | Busy | Limited

/**
 * Gives a festival a picture, which is kept before anything refers to it. The former one stays for a
 * day (`orphaned-images.ts`): pages that are on their way show it.
 */
export async function setPicture(
  deps: SetPictureDeps,
  { source, signal, ...input }: Input & { source: Uint8Array; signal?: AbortSignal },
): Promise<SetPictureResult> {
  const known = await deps.db
    .select({ id: festivals.id })
    .from(festivals)
    .where(eq(festivals.id, input.festival))
  if (known.length === 0) return { status: 'missing' }
  const { pixelsMax, secondsMax } = deps
  const ran = await deps.picturesPerAccount(input.account, () =>
    deps.picturesQueue(async () =>
      signal?.aborted === true
        ? ({ status: 'abandoned' } as const)
        : await makePicture(source, { pixelsMax, secondsMax, ...(signal && { signal }) }),
    ),
  )
  if (ran.status !== 'ran') return ran
  if (ran.value.status !== 'made') return ran.value
  await noteImage(deps.db, ran.value.picture, new Date(deps.now()))
  await Promise.all(ran.value.files.map(({ name, content }) => deps.pictures.put(name, content)))
  return changePicture(deps, input, ran.value.picture)
}

/** Takes a festival's picture away. */
export function removePicture(
  deps: Pick<SetPictureDeps, 'db' | 'now' | 'catalogue'>,
  input: Input,
): Promise<Changed> {
  return changePicture(deps, input, null)
}

async function changePicture(
  { db, now, catalogue }: Pick<SetPictureDeps, 'db' | 'now' | 'catalogue'>,
  { festival: id, account, isExpected }: Input,
  picture: string | null,
): Promise<Changed> {
  const result = await runTransaction(db, async (tx): Promise<Changed> => {
    const locked = await lockExpected(tx, id, isExpected)
    if (locked.status !== 'locked') return locked
    const { record } = locked
    const changed = changedFields({ picture: record.festival.picture }, { picture })
    if (changed === undefined) return { status: 'set' }
    const former = record.festival.picture
    if (former !== null) await noteImage(tx, former, new Date(now()))
    await tx.update(festivals).set({ picture }).where(eq(festivals.id, id))
    await raiseVersion(tx, record)
    await recordChange(tx, {
      at: new Date(now()),
      accountId: account,
      action: 'festival.picture',
      subject: id,
      festivalId: id,
      ...changed,
    })
    return { status: 'set' }
  })
  if (result.status === 'set') await catalogue.follow()
  return result
}
