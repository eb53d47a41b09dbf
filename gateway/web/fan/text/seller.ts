import { translated } from '../../i18n/translated.ts'

/** Who sells the tickets, as the law asks it to be shown. */
export const sellerText = translated({
  en: {
    heading: 'Sold by',
    sellerName: 'Seller',
    sellerRepresentative: 'Representative',
    sellerRegistration: 'Business registration no.',
    sellerMailOrder: 'Mail-order registration no.',
    sellerAddress: 'Address',
    sellerEmail: 'E-mail',
    sellerPhone: 'Phone',
  },
  ko: {
    heading: '판매자 정보',
    sellerName: '상호',
    sellerRepresentative: '대표자',
    sellerRegistration: '사업자등록번호',
    sellerMailOrder: '통신판매업 신고번호',
    sellerAddress: '주소',
    sellerEmail: '이메일',
    sellerPhone: '전화번호',
  },
})
