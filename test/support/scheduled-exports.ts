/** The sample's catalogue with a schedule that exports the orders of each month. */
import { defineCatalogue } from '../../engine/index.ts'
import { catalogue as sample } from '../../exports/index.ts'

const orders = {
  ...sample.get('orders'),
  schedules: {
    monthly: {
      expression: 'cron(0 6 1 * ? *)',
      timeZone: 'Asia/Tokyo',
      params: ({ month }: { month(offset?: number): string }) => ({ from: month(-1), to: month() }),
      recipients: ['month@example.com'] as [string],
    },
  },
}
export const catalogue = defineCatalogue([orders, sample.get('customers')])
