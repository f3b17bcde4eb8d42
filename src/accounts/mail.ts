/** Mail by SMTP, and what it says. */
import { createTransport } from 'nodemailer';
import { Problem } from '../contract/problems/problem.ts';

interface MailSetup {
  /** Such as `smtps://user:password@mail.example.org`. */
  readonly smtpUrl: string;
  readonly from: string;
  /** Where the link leads: the page, which gets the token behind a `#`, so that no server logs it. */
  readonly pageUrl: string;
  /** How long the mail server may take for a connection and for each answer, in milliseconds. */
  readonly patience?: number;
}

/** How links are sent. Throws `mail-failing`. */
export function openMail({ smtpUrl, from, pageUrl, patience = 10_000 }: MailSetup) {
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: patience,
    greetingTimeout: patience,
    socketTimeout: patience,
  });
  return {
    sendLink: async (to: string, token: string, language: string): Promise<void> => {
      const { subject, before, after } = texts[language] ?? texts.en;
      const link = `${pageUrl}#sign-in=${encodeURIComponent(token)}`;
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: to },
          subject,
          text: `${before}\n\n${link}\n\n${after}\n`,
        });
      } catch (cause) {
        throw new Problem('mail-failing', { cause });
      }
    },
    close: () => transport.close(),
  };
}

interface MailText {
  readonly subject: string;
  readonly before: string;
  readonly after: string;
}

/** In the languages of the page. */
const texts: Readonly<Record<string, MailText>> & { readonly en: MailText } = {
  en: {
    subject: 'Sign in to Random File Exchange',
    before: 'Open this link within 15 minutes to sign in. It works once.',
    after: 'If you did not ask for it, ignore this mail: nothing has happened.',
  },
  de: {
    subject: 'Anmelden bei Random File Exchange',
    before: 'Öffne diesen Link innerhalb von 15 Minuten, um dich anzumelden. Er gilt einmal.',
    after: 'Falls du das nicht warst, ignoriere diese Mail: Es ist nichts geschehen.',
  },
  es: {
    subject: 'Inicia sesión en Random File Exchange',
    before: 'Abre este enlace en los próximos 15 minutos para iniciar sesión. Sirve una sola vez.',
    after: 'Si no lo pediste, ignora este correo: no ha pasado nada.',
  },
  fr: {
    subject: 'Connexion à Random File Exchange',
    before: 'Ouvrez ce lien dans les 15 minutes pour vous connecter. Il ne sert qu’une fois.',
    after: 'Si vous ne l’avez pas demandé, ignorez ce message : rien ne s’est passé.',
  },
  'zh-Hans': {
    subject: '登录 Random File Exchange',
    before: '请在 15 分钟内打开这个链接登录。它只能用一次。',
    after: '如果不是你请求的，请忽略这封邮件：什么也没有发生。',
  },
  ar: {
    subject: 'تسجيل الدخول إلى Random File Exchange',
    before: 'افتح هذا الرابط خلال 15 دقيقة لتسجيل الدخول. يعمل مرة واحدة.',
    after: 'إن لم تطلبه فتجاهل هذه الرسالة: لم يحدث شيء.',
  },
};
