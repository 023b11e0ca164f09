import { describeOperator } from './operators-day.ts'

describeOperator('ja', false)
