// Alarms by e-mail over the farm's own mail account.
import type { Message } from '../message.ts'
import type { ChannelConfig } from './config.ts'

const TIMEOUT_MS = 15_000

/** Resolves when the mail server took it; rejects with the server's answer. The Message-ID is the call's own: a second copy is known as one. */
export async function sendEmail(
  { host, port, tls, user, password, from }: Extract<ChannelConfig, { kind: 'email' }>,
  to: string,
  { id, subject, text, severity }: Message,
): Promise<void> {
  // Loaded when first needed: a farm without e-mail carries none of it.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    host,
    port,
    secure: tls === 'tls',
    requireTLS: tls === 'starttls',
    ignoreTLS: tls === 'none',
    ...(user
      ? {
          auth: {
            user,
            pass: password,
          },
        }
      : {}),
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    dnsTimeout: TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    const domain = from.replace(/^.*@/, '').replace(/[^A-Za-z0-9.-]/g, '') || 'roost.local'
    const sent = await transport.sendMail({
      from,
      to,
      subject,
      text,
      messageId: `<roost.${id}@${domain}>`,
      ...(severity === 'critical' ? { priority: 'high' as const } : {}),
    })
    if (sent.rejected.length > 0) throw new Error('the mail server refused the address')
  } catch (error) {
    const { code, responseCode, response, message } = error as Record<string, unknown>
    throw new Error([code, responseCode, response ?? message].filter(Boolean).join(' '))
  } finally {
    transport.close()
  }
}
