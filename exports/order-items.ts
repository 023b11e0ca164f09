import { defineExport, sql } from 'carryout'

/**
 * Every line of every order: the largest table. `parallelism` may divide it into ranges of its key, which are exported
 * at the same time where the stack's `maxConcurrentQueries` allows the database to see as many.
 */
export const orderItems = defineExport({
  name: 'order-items',
  title: { en: 'Order items', ja: '受注明細' },
  query: () => sql`SELECT id, order_id, sku, title, quantity, unit_price, shipped_at FROM order_items`,
  key: 'id',
  columns: {
    id: { en: 'Item no.', ja: '明細番号' },
    order_id: { en: 'Order no.', ja: '受注番号' },
    sku: { en: 'SKU', ja: '商品コード' },
    title: { en: 'Product', ja: '商品名' },
    quantity: { en: 'Quantity', ja: '数量' },
    unit_price: { en: 'Unit price', ja: '単価' },
    shipped_at: { en: 'Shipped at', ja: '出荷日時' },
  },
  formats: ['csv', 'tsv', 'jsonl', 'xlsx', 'parquet'],
  compressions: ['none', 'gzip', 'zstd', 'zip'],
  parallelism: 1,
})
