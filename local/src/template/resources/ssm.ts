/** AWS::SSM::Parameter. */
import { z } from 'zod'
import type { Parameters } from '../../services/parameters.ts'
import { type ResourceTypes, read, text } from '../resource.ts'

const Parameter = z.object({ Name: text.optional(), Type: text, Value: text })

/** @see https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html */
export function ssmTypes(parameters: Parameters): ResourceTypes {
  return {
    'AWS::SSM::Parameter': {
      make(making) {
        const { Name = making.generatedName, Type, Value } = read(Parameter, making)
        parameters.put({ name: Name, value: Value })
        return { ref: Name, attributes: { Type, Value } }
      },
    },
  }
}
