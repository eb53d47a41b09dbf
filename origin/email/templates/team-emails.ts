import type { TeamRole } from '../../../drizzle/schema/teams.ts'
import type { EmailLanguage } from '../../../shared/api/fields.ts'
import type { EmailWords } from '../message.ts'

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

you’ve been invited to join the team of ${festival} on Naru as ${ROLES.en[role]}. To accept, open this link within ${days} days:

${link}

You’ll need a Naru account with the address ${email}; you can create one when you open the link. Not expecting this? Just ignore this e-mail.

Naru`,
    },
    ko: {
      subject: `${festival} 팀에 초대되었습니다`,
      text: `안녕하세요.

나루에서 ${festival} 팀에 ${ROLES.ko[role]}(으)로 초대되었습니다. ${days}일 안에 아래 링크에서 수락해 주세요.

${link}

${email} 주소로 가입한 나루 계정이 필요합니다. 아직 회원이 아니시면 링크를 연 뒤 가입할 수 있습니다. 모르는 초대라면 이 이메일을 무시해 주세요.

나루 드림`,
    },
  }
}
