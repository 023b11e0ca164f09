import { defineExport, sql, z } from 'carryout'

/** Orders of a span of days with their customers: the usual report. */
export const orders = defineExport({
  name: 'orders',
  title: { en: 'Orders', ja: '受注一覧' },
  params: z.strictObject({
    /** The first day. */
    from: z.iso.date(),
    /** The day after the last. */
    to: z.iso.date(),
  }),
  query: ({ from, to }) => sql`
    SELECT o.id, o.ordered_at, c.name AS customer, c.country, o.amount, o.status, o.note
    FROM orders o
    JOIN customers c ON c.id = o.customer_id
    WHERE o.ordered_at >= ${from} AND o.ordered_at < ${to}`,
  key: 'id',
  columns: {
    id: { en: 'Order no.', ja: '受注番号' },
    ordered_at: { en: 'Ordered at', ja: '受注日時' },
    customer: { en: 'Customer', ja: '顧客名' },
    country: { en: 'Country', ja: '国' },
    amount: { en: 'Amount', ja: '金額' },
    status: { en: 'Status', ja: '状態' },
    note: { en: 'Note', ja: '備考' },
  },
  formats: ['csv', 'tsv', 'jsonl', 'xlsx', 'parquet'],
  compressions: ['none', 'gzip', 'zstd', 'zip'],
  encodings: ['utf-8', 'utf-8-bom', 'cp932'],
  // Whoever asks for CP932 feeds a program that knows nothing else: a ? in the name of one customer from abroad, which UTF-8 has
  // right, serves better than no file of the whole month. Where every character counts, leave it out: such a file then fails.
  csv: { unmappable: 'replace' },
})
