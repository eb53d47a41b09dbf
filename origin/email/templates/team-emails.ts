import type { TeamRole } from '../../../drizzle/schema/teams.ts'
import type { EmailLanguage, EmailWords } from '../message.ts'

const ROLES: Record<EmailLanguage, Record<TeamRole, string>> = {
  en: { owner: 'owner', manager: 'manager', viewer: 'viewer', gate: 'gate staff' },
  ko: { owner: '소유자', manager: '관리자', viewer: '조회자', gate: '입구 스태프' },
}

export type InvitationWords = { link: string; email: string; festival: string; role: TeamRole; days: number }

/** With the link by which the owner of an address joins a festival's team. */
export function teamInvitationEmail(invitation: InvitationWords): Record<EmailLanguage, EmailWords> {
  const { link, email, festival, role, days } = invitation
  return {
    en: {
      subject: `Join the team of ${festival}`,
      text: `Hello,

you have been invited to the team of ${festival} on Naru, as ${ROLES.en[role]}. To accept within the next ${days} days, open this link:

${link}

You need a Naru account with the address ${email}; you can create one on the way. If you were not expecting this, you can ignore this e-mail.

Naru`,
    },
    ko: {
      subject: `${festival} 팀에 초대되었습니다`,
      text: `안녕하세요.

나루에서 ${festival} 팀에 ${ROLES.ko[role]}(으)로 초대되었습니다. 앞으로 ${days}일 안에 아래 링크에서 수락할 수 있습니다.

${link}

${email} 주소로 만든 나루 계정이 필요합니다. 계정이 없으면 링크를 연 뒤 만들 수 있습니다. 예상하지 못한 초대라면 이 메일은 무시하셔도 됩니다.

나루 드림`,
    },
  }
}
