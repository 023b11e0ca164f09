import type { Finished, Language } from '../../../statemachine/contract.ts'
import { size } from '../../../statemachine/size.ts'
import { type Mail, subject, utc } from './mail.ts'

const texts: Record<Language, (document: Finished, url: string, expiresAt: Date) => string[]> = {
  en: ({ request, plan, file }, url, expiresAt) => [
    `Your download “${plan.title}” is ready.`,
    '',
    url,
    '',
    `The link opens until ${utc(expiresAt)}. Whoever has it can open it: forward it with care.`,
    '',
    `File: ${file.name}`,
    `Rows: ${file.rows.toLocaleString('en')}`,
    `Size: ${size(file.bytes)} (CRC-32 ${file.crc32})`,
    `Requested by: ${request.requestedBy}`,
    `Request: ${request.id}`,
  ],
  ja: ({ request, plan, file }, url, expiresAt) => [
    `「${plan.title}」のダウンロードの準備ができました。`,
    '',
    url,
    '',
    `リンクの有効期限は ${utc(expiresAt)} です。リンクを知っている人は誰でも開けますので、転送にはご注意ください。`,
    '',
    `ファイル: ${file.name}`,
    `行数: ${file.rows.toLocaleString('ja')}`,
    `サイズ: ${size(file.bytes)} (CRC-32 ${file.crc32})`,
    `依頼者: ${request.requestedBy}`,
    `リクエスト: ${request.id}`,
  ],
}

/** The mail that a finished download is announced with. */
export function readyMail(document: Finished, url: string, expiresAt: Date): Mail {
  return {
    Subject: subject(`Your download is ready: ${document.request.export}`),
    Message: texts[document.plan.language](document, url, expiresAt).join('\n'),
  }
}
