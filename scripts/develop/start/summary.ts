import type { Demo } from './demo.ts'

/** The message to the user once everything responds. */
export function summaryLines(
  gatewayUrl: string,
  { festival, accounts }: Demo,
  { hasMailPage, bankUrl }: { hasMailPage: boolean; bankUrl: string | undefined },
): string[] {
  const roleWidth = Math.max(...accounts.map(({ role }) => role.length), 0)
  const emailWidth = Math.max(...accounts.map(({ email }) => email.length), 0)
  const bank = bankUrl === undefined ? [] : [`  Bank       ${bankUrl}: deposits arrive, refunds, disputes`]
  return [
    '',
    `  Naru is up: ${gatewayUrl}`,
    '',
    `  Demo       ${festival}`,
    ...accounts.map(
      ({ role, email, password }) =>
        `             ${role.padEnd(roleWidth)}  ${email.padEnd(emailWidth)}  password: ${password}`,
    ),
    '  Replay     npm run replay -- scripts/load/replay/sales/emf-2026.csv',
    '  Audit      npm run audit',
    ...bank,
    ...(hasMailPage ? [`  E-mails    ${gatewayUrl}/mail`] : []),
    '  Logs       .data/logs',
    '',
    '  Ctrl-C stops everything. Its data stays in .data; scripts/up --fresh starts over.',
    '',
  ]
}
