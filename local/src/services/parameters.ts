/** Systems Manager Parameter Store: the template's parameters, set again at each start. */
import { awsArn } from '../arn.ts'
import { AwsError, awsJson, type Handler } from '../protocol.ts'

export interface Parameters {
  handler: Handler
  /** @returns its ARN */
  put(parameter: { name: string; value: string }): string
}

/** @see https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html */
export function createParameters({ region, accountId }: { region: string; accountId: string }): Parameters {
  const values = new Map<string, string>()
  const startedAt = Date.now()
  const arnOf = (name: string) => awsArn('ssm', `parameter/${name.replace(/^\//, '')}`, { region, accountId })
  return {
    put({ name, value }) {
      values.set(name, value)
      return arnOf(name)
    },
    handler: awsJson({
      GetParameter(input) {
        const name = String(input.Name ?? '')
        const value = values.get(name)
        if (value === undefined) throw new AwsError('ParameterNotFound', '')
        const Parameter = { ARN: arnOf(name), DataType: 'text', Name: name, Type: 'String', Value: value, Version: 1 }
        return { Parameter: { ...Parameter, LastModifiedDate: startedAt / 1000 } }
      },
    }),
  }
}
