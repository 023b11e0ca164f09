import { describeOperator } from './operators-day.ts'

describeOperator('en', true)
