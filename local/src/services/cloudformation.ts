/**
 * The parts of CloudFormation that tools read: the booted stacks, their outputs and their resources.
 *
 * @see https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
 */
import { AwsError, type Handler } from '../protocol.ts'
import { awsQuery, type Form } from '../query.ts'
import type { Stack } from '../template/stack.ts'

const STATUS = 'CREATE_COMPLETE'

/** @param stacks is read for each call, because it fills while the cloud boots */
export function createCloudFormation(stacks: readonly Stack[]): { handler: Handler } {
  function find(name: string | undefined): Stack {
    const stack = stacks.find((candidate) => candidate.name === name || candidate.id === name)
    if (!stack) throw new AwsError('ValidationError', `Stack with id ${name} does not exist`)
    return stack
  }
  const describeResources = (form: Form) => {
    const stack = find(form.StackName)
    return stack.resources
      .filter(({ logicalId }) => form.LogicalResourceId === undefined || form.LogicalResourceId === logicalId)
      .map(({ logicalId, type, physicalId }) => ({
        StackName: stack.name,
        StackId: stack.id,
        LogicalResourceId: logicalId,
        PhysicalResourceId: physicalId,
        ResourceType: type,
        Timestamp: stack.createdAt,
        ResourceStatus: STATUS,
      }))
  }
  return {
    handler: awsQuery('http://cloudformation.amazonaws.com/doc/2010-05-15/', {
      DescribeStacks: ({ StackName }) => ({
        Stacks: (StackName === undefined ? stacks : [find(StackName)]).map((stack) => ({
          StackName: stack.name,
          StackId: stack.id,
          Description: stack.description,
          CreationTime: stack.createdAt,
          StackStatus: STATUS,
          DisableRollback: false,
          Outputs: stack.outputs.map(({ key, value, description, exportName }) => ({
            OutputKey: key,
            OutputValue: value,
            Description: description,
            ExportName: exportName,
          })),
        })),
      }),
      ListStacks: () => ({
        StackSummaries: stacks.map(({ name, id, createdAt, description }) => ({
          StackName: name,
          StackId: id,
          CreationTime: createdAt,
          TemplateDescription: description,
          StackStatus: STATUS,
        })),
      }),
      DescribeStackResources: (form) => ({ StackResources: describeResources(form) }),
      ListStackResources: (form) => ({
        StackResourceSummaries: describeResources(form).map(({ StackName: _, StackId: __, Timestamp, ...rest }) => ({
          ...rest,
          LastUpdatedTimestamp: Timestamp,
        })),
      }),
    }),
  }
}
