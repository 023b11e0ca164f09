import { describeOperator } from './operators-day.ts'

describeOperator('en', { javaScriptEnabled: true })
