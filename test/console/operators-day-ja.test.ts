import { describeOperator } from './operators-day.ts'

describeOperator('ja', { javaScriptEnabled: false })
