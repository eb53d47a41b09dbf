/**
 * Providers with very many users, by the registered domain. Chosen manually from the providers' own sites, the domains
 * in validator.js's normalizeEmail, and the mobile carriers of Korea and Japan; disposable addresses are not among
 * them.
 */
export const LARGE_MAIL_PROVIDERS: ReadonlySet<string> = new Set([
  // Korea
  ...[
    'naver.com',
    'daum.net',
    'hanmail.net',
    'kakao.com',
    'nate.com',
    'korea.com',
    'hanmir.com',
    'empas.com',
  ],
  ...['dreamwiz.com', 'lycos.co.kr', 'paran.com', 'freechal.com', 'chol.com', 'hanafos.com'],
  // Google, Apple, Microsoft, Yahoo
  ...['gmail.com', 'googlemail.com', 'icloud.com', 'me.com', 'mac.com'],
  ...['outlook.com', 'hotmail.com', 'live.com', 'msn.com', 'outlook.kr', 'outlook.jp', 'outlook.de'],
  ...[
    'outlook.fr',
    'outlook.es',
    'outlook.it',
    'hotmail.co.kr',
    'hotmail.co.jp',
    'hotmail.co.uk',
    'hotmail.de',
  ],
  ...['hotmail.fr', 'hotmail.es', 'hotmail.it', 'live.co.kr', 'live.jp', 'live.co.uk', 'live.de', 'live.fr'],
  ...['live.nl', 'live.it', 'live.cn'],
  ...[
    'yahoo.com',
    'yahoo.co.kr',
    'yahoo.co.jp',
    'yahoo.co.uk',
    'yahoo.co.in',
    'yahoo.com.br',
    'yahoo.com.au',
  ],
  ...['yahoo.com.tw', 'yahoo.com.hk', 'yahoo.com.sg', 'yahoo.com.mx', 'yahoo.ca', 'yahoo.de', 'yahoo.fr'],
  ...['yahoo.es', 'yahoo.it', 'ymail.com', 'rocketmail.com', 'ybb.ne.jp', 'aol.com'],
  // Japan's carriers
  ...[
    'docomo.ne.jp',
    'ezweb.ne.jp',
    'au.com',
    'softbank.ne.jp',
    'softbank.jp',
    'vodafone.ne.jp',
    'ymobile.ne.jp',
  ],
  ...['rakuten.jp', 'nifty.com', 'biglobe.ne.jp', 'ocn.ne.jp', 'so-net.ne.jp'],
  // China, Taiwan
  ...[
    'qq.com',
    'foxmail.com',
    '163.com',
    '126.com',
    'yeah.net',
    'sina.com',
    'sina.cn',
    'sohu.com',
    'aliyun.com',
  ],
  ...['139.com', '189.cn', '21cn.com', 'hinet.net', 'pchome.com.tw'],
  // Europe
  ...[
    'gmx.de',
    'gmx.net',
    'gmx.at',
    'gmx.ch',
    'web.de',
    't-online.de',
    'freenet.de',
    'orange.fr',
    'wanadoo.fr',
  ],
  ...[
    'free.fr',
    'laposte.net',
    'sfr.fr',
    'libero.it',
    'virgilio.it',
    'alice.it',
    'tiscali.it',
    'btinternet.com',
  ],
  ...[
    'sky.com',
    'virginmedia.com',
    'ziggo.nl',
    'kpnmail.nl',
    'telenet.be',
    'skynet.be',
    'bluewin.ch',
    'seznam.cz',
  ],
  ...[
    'wp.pl',
    'onet.pl',
    'o2.pl',
    'interia.pl',
    'mail.ru',
    'bk.ru',
    'inbox.ru',
    'list.ru',
    'yandex.ru',
    'yandex.com',
  ],
  ...['ya.ru', 'rambler.ru', 'ukr.net'],
  // America, India, Australia
  ...['comcast.net', 'verizon.net', 'att.net', 'sbcglobal.net', 'bellsouth.net', 'cox.net', 'charter.net'],
  ...['rogers.com', 'shaw.ca', 'sympatico.ca', 'videotron.ca', 'uol.com.br', 'bol.com.br', 'terra.com.br'],
  ...['rediffmail.com', 'bigpond.com', 'optusnet.com.au', 'xtra.co.nz'],
  // Paid, or requiring proof of being human, in many countries
  ...['proton.me', 'protonmail.com', 'pm.me', 'fastmail.com', 'hey.com', 'zoho.com'],
])
