/** Where pictures are kept, by names whose content never changes. */
export type PictureStore = {
  /** Keeps a picture; one that is there already stays. Durable when it is done. */
  put(name: string, content: Uint8Array): Promise<void>
  /** Undefined when there is none of this name. */
  get(name: string): Promise<Uint8Array<ArrayBuffer> | undefined>
}
