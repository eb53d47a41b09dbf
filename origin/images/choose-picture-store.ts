import { createFolderStore } from './folder-store.ts'
import type { ChosenPictureStore } from './picture-store.ts'
import type { PicturesConfig } from './pictures-config.ts'

/** For storing or reading one image, retries included. */
const TIMEOUT_MS = 5000
const RETRIES_MAX = 2

/** The store that the configuration names. Nothing of Amazon's is loaded for a folder. */
export async function choosePictureStore(
  pictures: PicturesConfig,
  { timeoutMs = TIMEOUT_MS, retriesMax = RETRIES_MAX }: { timeoutMs?: number; retriesMax?: number } = {},
): Promise<ChosenPictureStore> {
  if (pictures.way === 'folder') return { pictures: createFolderStore(pictures.folder), close: () => {} }
  const { createS3Store } = await import('./s3-store.ts')
  return createS3Store({ ...pictures, timeoutMs, retriesMax })
}
