/**
 * A ticket as the origin signs it and as browsers must read it: their code is separate and both are tested with this
 * one. The key was created for it and signs nothing else.
 */
export const TICKET_VECTOR = {
  privateBase64: 'MC4CAQAwBQYDK2VwBCIEIL4xGCo309315rGwLOhpGVs0ySURqiANc4L0folUB9zB',
  jwk: {
    kty: 'OKP',
    crv: 'Ed25519',
    x: 'S_UvVrl76gitKcGfvwD9AV_eC9JJk1PvL5BfsXHA8wQ',
    alg: 'EdDSA',
    use: 'sig',
  },
  ticket: { festival: 'naru-2026', type: 12, number: 345, code: 'AbCdEfGhIjKlMnOpQrStUg' },
  qr: 'NARU1.naru-2026.12.345.AbCdEfGhIjKlMnOpQrStUg.68foqMqfXbSxUKSuzIcV2m9PlpNrabNPr_TGhTIqFNXTpI1_9RtnX_cfon9uhVpwxLntIYgaLun-Ek-D_ijiCA',
  typed: '12-345-9EXTSC',
} as const

/** A text as an input method in full-width mode writes it (Unicode block "Halfwidth and Fullwidth Forms"). */
export function fullWidth(text: string): string {
  return text
    .replace(/ /g, '\u3000')
    .replace(/[!-~]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0))
}
