import { defineExport, type Row, sql, z } from 'carryout'

/** Customers for an analysis that must not learn whom an e-mail address belongs to. */
export const customers = defineExport({
  name: 'customers',
  title: { en: 'Customers', ja: '顧客一覧' },
  params: z.strictObject({
    /** ISO 3166 two-letter code; all countries where it is left out. */
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be two capital letters')
      .optional(),
  }),
  query: ({ country = null }) => sql`
    SELECT id, name, email, country, created_at, loyalty_points, profile, avatar
    FROM customers
    WHERE ${country} IS NULL OR country = ${country}`,
  key: 'id',
  columns: {
    id: { en: 'Customer no.', ja: '顧客番号' },
    name: { en: 'Name', ja: '氏名' },
    email: { en: 'E-mail', ja: 'メールアドレス' },
    country: { en: 'Country', ja: '国' },
    created_at: { en: 'Customer since', ja: '登録日時' },
    loyalty_points: { en: 'Loyalty points', ja: 'ポイント' },
    profile: { en: 'Profile', ja: 'プロフィール' },
    avatar: { en: 'Picture', ja: '画像' },
  },
  row: (row) => ({ ...row, email: mask(row.email) }),
  formats: ['csv', 'tsv', 'jsonl', 'xlsx', 'parquet'],
  compressions: ['none', 'gzip', 'zstd', 'zip'],
})

/** `taro.yamada@example.com` → `t***@example.com`. */
export function mask(email: Row[string] | undefined): string | null {
  if (typeof email !== 'string') return null
  const at = email.lastIndexOf('@')
  if (at < 1) return '***'
  const [first] = email
  return `${first}***${email.slice(at)}`
}
