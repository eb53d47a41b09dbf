import type { OriginConfig } from '../config.ts'
import { createFolderStore } from './folder-store.ts'
import type { ChosenPictureStore } from './picture-store.ts'

/** The store that the configuration names. Nothing of Amazon's is loaded for a folder. */
export async function choosePictureStore({
  pictures,
  picturesTimeoutMs: timeoutMs,
  picturesRetriesMax: retriesMax,
}: Pick<OriginConfig, 'pictures' | 'picturesTimeoutMs' | 'picturesRetriesMax'>): Promise<ChosenPictureStore> {
  if (pictures.way === 'folder') return { pictures: createFolderStore(pictures.folder), close: () => {} }
  const { createS3Store } = await import('./s3-store.ts')
  return createS3Store({ ...pictures, timeoutMs, retriesMax })
}
