/**
 * Who sells a festival's tickets, as fans read it before they pay. All are columns of the festival and fields of its
 * document; Korea's E-Commerce Act, article 13, asks for the same.
 */
export const SELLER_FIELDS = [
  'sellerName',
  'sellerRepresentative',
  'sellerRegistration',
  'sellerMailOrder',
  'sellerAddress',
  'sellerEmail',
  'sellerPhone',
] as const

export type SellerField = (typeof SELLER_FIELDS)[number]
export type Seller = { readonly [K in SellerField]?: string | null | undefined }

/** Not every seller has a mail-order registration: small ones in Korea, and those of other countries. */
const OPTIONAL: ReadonlySet<SellerField> = new Set(['sellerMailOrder'])

export const SELLER_LENGTHS: { readonly [K in SellerField]: number } = {
  sellerName: 200,
  sellerRepresentative: 100,
  sellerRegistration: 64,
  sellerMailOrder: 64,
  sellerAddress: 300,
  sellerEmail: 254,
  sellerPhone: 40,
}

/** What is known of a seller, and nothing else of the object. */
export function sellerOf(seller: Seller): { [K in SellerField]?: string } {
  return Object.fromEntries(
    SELLER_FIELDS.flatMap((field) => {
      const value = seller[field] ?? ''
      return value === '' ? [] : [[field, value]]
    }),
  )
}

/** What is missing before paid tickets can be sold. */
export function missingSellerFields(seller: Seller): SellerField[] {
  return SELLER_FIELDS.filter((field) => !OPTIONAL.has(field) && (seller[field] ?? '') === '')
}

export function sellsPaid(types: readonly { priceMinor: number }[]): boolean {
  return types.some(({ priceMinor }) => priceMinor > 0)
}
