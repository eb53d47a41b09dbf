/** The package describes its types for ES modules and names a CommonJS file as its main one. */
declare module 'bidi-js/dist/bidi.mjs' {
  import type { Bidi } from 'bidi-js'

  const bidiFactory: () => Bidi
  // biome-ignore lint/style/noDefaultExport: it is what the package exports
  export default bidiFactory
}
