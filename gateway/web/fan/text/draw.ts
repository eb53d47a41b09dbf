import { plural, translated } from '../../i18n/translated.ts'

export const drawText = translated({
  en: {
    title: (festival: string) => `The draw · ${festival}`,
    heading: 'Check the draw yourself',
    lead: 'Your browser recomputes the draw from the published data, so you don’t have to take anyone’s word for the result.',
    steps: [
      'Before the sale, the organiser published a commitment: the hash of a secret.',
      'When the sale opened, the lists of entries and participants were closed and their hashes published.',
      'Only then did a public beacon publish a number that nobody could know in advance. If there was none, the result says so.',
      'The secret, the hashes and the number give the seed, and the seed gives every position. Changing any of them changes all positions.',
    ],
    closing: (participants: string) =>
      `The waiting room has closed. Places in the draw: ${participants}. These hashes fix the lists of entries and participants:`,
    round: (number: string) =>
      `The draw uses round ${number} of the beacon, which hadn’t been published when the waiting room closed. The check below shows whose beacon it is.`,
    notYet: 'The draw hasn’t taken place yet. Come back once the sale has opened.',
    never: 'The sale ended before the draw took place, so nobody was let in.',
    none: 'This sale is first come, first served; there’s no draw.',
    check: 'Check now',
    checking: 'Checking…',
    unavailable: 'We couldn’t load the data. Please try again.',
    good: (entries: string) =>
      `Everything matches: commitment, participants, seed and ${plural(entries, 'the one entry', `all ${entries} entries`)}.`,
    beacon: {
      signed: (round: string) =>
        `The draw used round ${round} of the public beacon drand, the first one due at least three seconds after the waiting room closed, and its signature is genuine. Nobody could know it in advance.`,
      other: (round: string) =>
        `The draw used round ${round} of a test beacon, not the public one. The signature is valid, but anyone with that beacon’s key could have known the round in advance.`,
      none: 'The organiser chose a draw without a public beacon. You have to trust the organiser that nobody who knew the secret added entries.',
      silent:
        'The public beacon published nothing for a minute, so the draw went ahead without it, as the organiser had chosen. You have to trust the organiser that nobody who knew the secret added entries.',
      'false-signature': 'The round isn’t signed by the beacon that it names. This draw can’t be trusted.',
      'false-round':
        'The round isn’t the first one due at least three seconds after the waiting room closed. This draw can’t be trusted.',
    },
    mine: (index: string, position: string) =>
      `Your number on arrival was ${index}. The draw gave you place ${position}.`,
    behind: (index: string, position: string) =>
      `Your number on arrival was ${index}. You weren’t in the draw, so you have place ${position}, after those who were.`,
    late: 'You joined after the sale opened, so your place is by order of arrival.',
    unknown: 'This browser has no entry of yours, or has deleted it, so only the draw itself was checked.',
    bad: {
      commitment:
        'The published secret doesn’t match the commitment from before the sale. This draw can’t be trusted.',
      entries: 'The number of published entries doesn’t match the draw. This draw can’t be trusted.',
      participants:
        'The participants don’t match the list published when the waiting room closed. This draw can’t be trusted.',
      seed: 'The published seed doesn’t follow from the secret and the entries. This draw can’t be trusted.',
    },
    keyStored: 'Your entry is verified: the hash of a key that only this browser has is in the list.',
    keyMissing: 'Your entry isn’t in the list. Please tell the organiser.',
    command: 'On a computer, without this page:',
  },
  ko: {
    title: (festival: string) => `${festival} 순서 추첨`,
    heading: '순서 추첨 직접 확인하기',
    lead: '공개된 자료만으로 이 브라우저가 추첨을 다시 계산하므로, 누구의 말도 믿을 필요가 없습니다.',
    steps: [
      '판매 전에 주최자가 비밀값의 해시를 공개했습니다.',
      '판매가 시작될 때 참여 기록과 추첨 참여자 목록을 확정하고 그 해시를 공개했습니다.',
      '그 뒤에 아무도 미리 알 수 없는 공개 난수가 발표되었습니다. 난수가 없었다면 결과에 표시됩니다.',
      '비밀값, 해시, 난수로 시드를 만들고, 시드로 모든 순서를 정합니다. 하나만 바뀌어도 모든 순서가 달라집니다.',
    ],
    closing: (participants: string) =>
      `대기실 참여가 마감되었습니다. 추첨 참여자: ${participants}명. 아래 해시로 참여 기록과 추첨 참여자 목록이 확정되었습니다.`,
    round: (number: string) =>
      `추첨에는 대기실 마감 시점에 아직 발표되지 않은 난수 ${number}회차를 사용합니다. 어떤 난수인지는 아래에서 확인할 수 있습니다.`,
    notYet: '아직 추첨 전입니다. 판매가 시작된 뒤에 다시 확인해 주세요.',
    never: '추첨 전에 판매가 종료되어 아무도 입장하지 않았습니다.',
    none: '선착순 판매이므로 순서 추첨이 없습니다.',
    check: '지금 확인하기',
    checking: '확인하는 중…',
    unavailable: '자료를 불러오지 못했습니다. 다시 시도해 주세요.',
    good: (entries: string) => `모두 일치합니다: 사전 공개 해시, 추첨 참여자, 시드, 참여 기록 ${entries}건.`,
    beacon: {
      signed: (round: string) =>
        `추첨에 공개 난수 drand ${round}회차를 사용했습니다. 대기실 마감 3초 이후의 첫 회차이며 서명도 유효합니다. 누구도 미리 알 수 없는 값입니다.`,
      other: (round: string) =>
        `추첨에 공개 난수가 아닌 테스트용 난수 ${round}회차를 사용했습니다. 서명은 유효하지만, 그 난수의 키를 가진 사람은 미리 알 수 있었습니다.`,
      none: '주최자가 공개 난수를 사용하지 않기로 했습니다. 비밀값을 아는 사람이 참여 기록을 추가하지 않았는지는 검증할 수 없고 주최자를 믿어야 합니다.',
      silent:
        '공개 난수가 1분 안에 나오지 않아, 주최자가 정한 대로 공개 난수 없이 추첨했습니다. 비밀값을 아는 사람이 참여 기록을 추가하지 않았는지는 검증할 수 없고 주최자를 믿어야 합니다.',
      'false-signature': '난수의 서명이 유효하지 않습니다. 신뢰할 수 없는 추첨입니다.',
      'false-round': '대기실 마감 3초 이후의 첫 난수 회차가 아닙니다. 신뢰할 수 없는 추첨입니다.',
    },
    mine: (index: string, position: string) => `${index}번째로 도착했고, 순서 추첨 결과 ${position}번입니다.`,
    behind: (index: string, position: string) =>
      `${index}번째로 도착했고 순서 추첨에는 참여하지 않아, 추첨 참여자 다음인 ${position}번입니다.`,
    late: '판매가 시작된 뒤에 참여하여 온 순서대로 입장합니다.',
    unknown: '이 브라우저에 참여 기록이 없거나 지워져 추첨 자체만 확인했습니다.',
    bad: {
      commitment: '공개된 비밀값이 판매 전에 공개된 해시와 일치하지 않습니다. 신뢰할 수 없는 추첨입니다.',
      entries: '공개된 참여 기록의 수가 추첨과 일치하지 않습니다. 신뢰할 수 없는 추첨입니다.',
      participants:
        '추첨 참여자가 대기실 마감 때 공개된 목록과 일치하지 않습니다. 신뢰할 수 없는 추첨입니다.',
      seed: '공개된 시드가 비밀값과 참여 기록에서 나온 값이 아닙니다. 신뢰할 수 없는 추첨입니다.',
    },
    keyStored: '참여 기록이 확인되었습니다. 이 브라우저에만 있는 키의 해시가 추첨 목록에 있습니다.',
    keyMissing: '내 참여 기록이 추첨 목록에 없습니다. 주최자에게 알려 주세요.',
    command: '이 페이지 없이 컴퓨터에서 확인하려면:',
  },
})

export type DrawText = (typeof drawText)['en']
