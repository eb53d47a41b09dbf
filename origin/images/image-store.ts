/** Where images are kept, by names whose content never changes. Whatever cannot be done now throws `ImagesUnavailable`. */
export type ImageStore = {
  /** Keeps an image; one that is there already stays. Durable when it is done. */
  put(name: string, content: Uint8Array): Promise<void>
  /** Undefined when there is none of this name. */
  get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>
  /** Removes an image; one that is not there is no error. */
  remove(name: string): Promise<void>
}

/** The store cannot be reached, or refuses. The message is for the log and tells no secret; trying again may help. */
export class ImagesUnavailable extends Error {
  override readonly name = 'ImagesUnavailable'
}

/** A store as the configuration has it, and how it ends. */
export type ChosenImageStore = { images: ImageStore; close: () => void }
